import type { KnownBlock } from '@slack/types';
import { code, plain, prose, sentence } from '../../render/escape';
import { context, header, mention, moment, section } from '../../render/slack/blocks';
import { headline } from '../../render/slack/lines';
import { limits, linesThatFit, type Message, packLines } from '../../render/slack/limits';
import { changeEffectWords, worstFirst } from '../../render/what-if';
import { count, duration, few, severityIcon, statusIcon, verdictIcon } from '../../render/words';
import type { CheckFinding } from '../../report/compare-change';
import type { ForetoldChange } from '../../report/foretold-change';

/** Maximum lines of the message. */
const maxLines = 40;

const line = (icon: string, { check, finding }: CheckFinding): string =>
  `${icon} ${headline(finding, 300)} · ${code(check, 60)}`;

const iconOf = ({ effect }: ForetoldChange): string => {
  if (effect.breaks.some(({ finding }) => finding.severity === 'error')) return '🔴';
  if (effect.breaks.length > 0) return '🟡';
  return effect.newlyUnknown.length > 0 ? '⚪' : '🟢';
};

/** Renders what a change would do to a cluster, in one message within Slack's limits. */
export const renderForetold = (
  change: ForetoldChange,
  { requestedBy }: { readonly requestedBy: string },
): Message => {
  const { cluster, effect, verdict } = change;
  const words = `${cluster}: ${changeEffectWords(effect)}`;
  const titled = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [`*${title}*`, ...lines];
  const lines = [
    ...titled(
      'Would break',
      worstFirst(effect.breaks).map((one) => line(severityIcon[one.finding.severity], one)),
    ),
    ...titled(
      'Would leave unknown',
      effect.newlyUnknown.map(
        ({ id, reason }) => `${statusIcon.unknown} ${code(id, 60)}: ${sentence(reason, 300)}`,
      ),
    ),
    ...titled(
      'Would fix',
      worstFirst(effect.fixes).map((one) => line(statusIcon.pass, one)),
    ),
  ];
  const shown = linesThatFit(lines, maxLines, limits.messageText - 1_500);
  const left = lines.length - shown.length;
  const list = (names: readonly string[]): string => few(names, 6, (name) => prose(name, 80));
  const facts = [
    `with ${list(change.changes)}; nothing was written`,
    change.ignored.length > 0 ? `no check reads ${list(change.ignored)}` : '',
    change.unchanged > 0 ? `${count(change.unchanged, 'finding')} with and without the change` : '',
    `the cluster would be ${verdictIcon[verdict.after]} ${verdict.after.replace('-', ' ')}`,
    duration(change.durationMs),
    moment(change.startedAt),
    `requested by ${mention(requestedBy)}`,
  ];
  const blocks: KnownBlock[] = [
    header(plain(`${iconOf(change)} ${words}`, limits.header)),
    ...packLines(shown).map(section),
    ...(left > 0
      ? [context(`… and ${count(left, 'more line')}: peering-bot check --with FILE shows all`)]
      : []),
    context(facts.filter((part) => part !== '').join(' · ')),
  ];
  return { text: prose(`${iconOf(change)} ${words}`, 600), blocks };
};

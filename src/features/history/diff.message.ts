import type { KnownBlock } from '@slack/types';
import { codeBlock, plain, prose } from '../../render/escape';
import { actionsBlock, context, header, moment, section } from '../../render/slack/blocks';
import { limits, linesThatFit, type Message, packLines, textLength } from '../../render/slack/limits';
import { notComparedWords, stateChangeWords } from '../../render/state-change-words';
import { count } from '../../render/words';
import type { StateDiff } from '../../report/state-diff';
import { historyButtons } from './history-buttons';

const max = { lines: 40, fixes: 5, change: 300 } as const;
/** Characters kept free for what is below the changes. */
const spare = 1_000;

/** Renders what changed between two runs in one message within Slack's limits. */
export const renderDiff = ({
  cluster,
  before,
  after,
  changes,
  leftOut,
  notCompared,
  remediation,
}: StateDiff): Message => {
  const total = changes.length + leftOut;
  const name = prose(cluster, 64);
  const what = total === 0 ? 'nothing has changed' : count(total, 'change');
  const above: KnownBlock[] = [
    header(plain(`${cluster.slice(0, 60)}: ${what}`, limits.header)),
    context(`from ${moment(before.takenAt)} to ${moment(after.takenAt)}`),
  ];
  const compare =
    before.run === null || after.run === null
      ? undefined
      : historyButtons.compare.render('Compare findings', { cluster, run: after.run, other: before.run });
  const below: KnownBlock[] = [
    ...(notCompared.length > 0 ? [context(`❔ ${prose(notComparedWords(notCompared), 600)}`)] : []),
    ...(compare === undefined ? [] : [actionsBlock([compare])]),
  ];
  const room = limits.messageText - textLength([above, below]) - spare;
  const lines = changes.map((change) => `• ${prose(stateChangeWords(change), max.change)}`);
  const shown = linesThatFit(lines, max.lines, room);
  const left = total - shown.length;
  let free = room - shown.reduce((sum, line) => sum + line.length + 1, 0);
  const commands = remediation.filter(({ language }) => language === 'shell');
  const fixes = commands.slice(0, max.fixes).flatMap(({ title, code }): KnownBlock[] => {
    const label = `*Fix:* ${prose(title, 150)}`;
    const block = codeBlock(code, Math.min(limits.text, free) - label.length - 1);
    if (block === undefined) return [];
    free -= label.length + block.length + 1;
    return [section(`${label}\n${block}`)];
  });
  const hidden = commands.length - fixes.length;
  const rest = [
    ...(left > 0 ? [`… and ${count(left, 'more change')}`] : []),
    ...(hidden > 0 ? [`${count(hidden, 'more fix', 'more fixes')}: peering-bot diff shows all`] : []),
  ];
  return {
    text: `${name}: ${what}`,
    blocks: [
      ...above,
      ...packLines(shown).map(section),
      ...fixes,
      ...(rest.length > 0 ? [context(rest.join(' · '))] : []),
      ...below,
    ],
  };
};

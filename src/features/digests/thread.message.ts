import type { KnownBlock, SectionBlock } from '@slack/types';
import { byState, type DigestRow, type DigestFinding } from '../../report/digest-row';
import { code, prose, sentence } from '../../render/escape';
import { count, grouped, mutedIcon, severityIcon, statusIcon } from '../../render/words';
import { context, section, sectionWithButton } from '../../render/slack/blocks';
import { detailsButton } from '../history';
import { age, stateIcon } from './words';
import type { DigestContent } from './digest-content';
import { stateChangeWords } from '../../render/state-change-words';
import { headline } from '../../render/slack/lines';
import {
  limits,
  maxThreadMessages,
  packMessages,
  textLength,
  itemsThatFit,
  type Message,
  type Room,
} from '../../render/slack/limits';
import { incidentRows } from '../incidents';
import { muteButton } from '../mutes';

/** Maximum findings of a cluster in the thread; its *Details* have the rest. */
const maxFindings = 8;

/** Renders the age of a finding; nothing in the first digest of a cluster, where all would be new. */
const ageWords = ({ since }: DigestFinding, { isFirst }: DigestRow, at: string | null): string => {
  if (since !== null) return at === null ? '' : ` · open for ${age(Date.parse(at) - Date.parse(since))}`;
  return isFirst ? '' : ' · *new*';
};

const findingLine = (finding: DigestFinding): string =>
  `${severityIcon[finding.severity]} ${headline(finding, 250)} · ${code(finding.check, 60)}`;

const tally = ({ verdict, errors, warnings, unknown, muted }: DigestRow): string =>
  [
    errors > 0 ? count(errors, 'error') : '',
    warnings > 0 ? count(warnings, 'warning') : '',
    verdict === 'unknown' ? `${statusIcon.unknown} ${count(unknown, 'check')} could not be evaluated` : '',
    muted > 0 ? `${mutedIcon} ${grouped(muted)} muted` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

interface Part {
  readonly blocks: readonly KnownBlock[];
  readonly whole: boolean;
}

const findingBlock = (row: DigestRow, finding: DigestFinding, at: string | null): SectionBlock => {
  const mute = muteButton(row.cluster, finding.check, finding);
  const { changed } = finding;
  const change =
    changed === undefined || row.isFirst ? '' : `\n↳ changed: ${prose(stateChangeWords(changed), 300)}`;
  return sectionWithButton(`${findingLine(finding)}${ageWords(finding, row, at)}${change}`, mute);
};

/** Renders one cluster: a button that shows its details, and its findings, each with a button that mutes it. */
const clusterPart = (
  row: DigestRow,
  { at, incidents }: Pick<ThreadFacts, 'at' | 'incidents'>,
  max: number,
): Part => {
  const name = `${stateIcon(row.verdict)} *${prose(row.cluster, 64)}*`;
  if (row.verdict === null) {
    return { blocks: [section(`${name} could not be read: ${sentence(row.reason, 300)}`)], whole: true };
  }
  const details = detailsButton({ cluster: row.cluster, peer: null, run: row.run });
  const head = sectionWithButton([name, tally(row)].filter(Boolean).join(': '), details);
  const incident = incidents?.get(row.cluster);
  const own = incident === undefined ? [] : incidentRows([incident]);
  const findings = row.findings.slice(0, maxFindings).map((finding) => findingBlock(row, finding, at));
  const shown = itemsThatFit(findings, findings.length, max - textLength([head, own]) - 60, textLength);
  const left = row.findingCount - shown.length;
  const rest = left > 0 ? [context(`… and ${grouped(left)} more`)] : [];
  return { blocks: [head, ...own, ...shown, ...rest], whole: left === 0 };
};

/** The facts of a thread. */
interface ThreadFacts extends Pick<DigestContent, 'rows' | 'incidents'> {
  /** When the clusters were checked (ISO 8601); null if only what is new is known, and no ages. */
  readonly at: string | null;
}

/** Tells whether a cluster has more to show than its row in the table. */
const hasMore = ({ verdict, findingCount, muted }: DigestRow): boolean =>
  verdict === null || verdict === 'unknown' || findingCount > 0 || muted > 0;

/**
 * Renders the findings of all clusters, worst cluster first. `whole` is false if some are left out.
 */
export const digestThread = (
  { rows, at, incidents }: ThreadFacts,
  room: Room,
): { readonly messages: readonly Message[]; readonly whole: boolean } => {
  const listed = [...rows].sort(byState).filter(hasMore);
  // More than fit into the thread are not made.
  const max = Math.min(limits.text, room.text - 300);
  const parts = listed
    .slice(0, maxThreadMessages * (room.blocks - 1))
    .map((row) => clusterPart(row, { at, incidents }, max));
  const packed = packMessages(parts, { blocks: room.blocks - 1, text: room.text - 200 });
  const kept = packed.slice(0, maxThreadMessages);
  const shown = new Set(kept.flatMap((message) => message.parts)).size;
  const whole = shown === listed.length && parts.every((part) => part.whole);
  const messages = kept.map(({ blocks }, index) => ({
    text: `Findings${kept.length > 1 ? ` (${index + 1} of ${kept.length})` : ''}`,
    blocks,
  }));
  if (shown < listed.length) {
    messages
      .at(-1)
      ?.blocks.push(context(`… and ${count(listed.length - shown, 'more cluster')} in the file`));
  }
  return { messages, whole };
};

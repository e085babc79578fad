import type { KnownBlock } from '@slack/types';
import { omitUndefined } from '../../omit-undefined';
import { byState } from '../../report/digest-row';
import { code, prose } from '../../render/escape';
import { buttonRow, context, header, mention, section } from '../../render/slack/blocks';
import { maxThreadMessages, type Message, messageRoom, textLength } from '../../render/slack/limits';
import { tablePages, type TableStyle, tableStyles } from '../../render/slack/table-pages';
import { count, duration, few, grouped, verdictShort } from '../../render/words';
import { age, cellName, changeWords, digestThread, stateCounts, stateIcon } from '../digests';
import type { Incident } from '../incidents';
import { fleetButtons } from './fleet-buttons';
import { renderFleetFile } from './fleet-file';
import type { FleetLine } from './fleet-line';

/** The answer to a check of several clusters. */

export interface FleetAnswer {
  /** As typed: names, globs, `all`. */
  readonly words: readonly string[];
  /** True to leave out the clusters that are ready. */
  readonly short: boolean;
  readonly requestedBy: string;
  readonly requestId: string;
  /** When the last cluster was read (ISO 8601). */
  readonly at: string;
  readonly tookMs: number;
  readonly lines: readonly FleetLine[];
  /** The incidents of the clusters, by cluster. */
  readonly incidents?: ReadonlyMap<string, Incident>;
}

/** A message, its thread, and a file if they do not hold everything. */
interface FleetRendering {
  readonly message: Message;
  readonly thread: readonly Message[];
  readonly file?: { readonly filename: string; readonly title: string; readonly content: string };
}

/** Renders the answer in each style, all within Slack's limits for any number of clusters. */
export const renderFleetAnswer = (answer: FleetAnswer): readonly FleetRendering[] =>
  tableStyles.map((style) => renderInStyle(answer, style));

const renderInStyle = (answer: FleetAnswer, style: TableStyle): FleetRendering => {
  const { short, at, requestId, incidents } = answer;
  const all = [...answer.lines].sort(byState);
  const lines = short ? all.filter(({ verdict }) => verdict !== 'ready') : all;
  const title = `${stateIcon(all[0]?.verdict ?? null)} Peering, ${count(all.length, 'cluster')}`;
  const leftOut = all.length - lines.length;
  const above: KnownBlock[] = [header(title), section(stateCounts(all))];
  const below: KnownBlock[] = [
    ...(leftOut > 0
      ? [context(`${grouped(leftOut)} ready ${leftOut === 1 ? 'cluster is' : 'clusters are'} not listed`)]
      : []),
    context(facts(answer)),
    ...buttonRow([againButton(answer)]),
  ];
  const rows = lines.map((line) => ({ cells: cellsOf(line, at), line: textOf(line, at) }));
  const [first, ...pages] = tablePages(rows, table, style, textLength([above, below]) + spare);
  const shownPages = pages.slice(0, maxThreadMessages);
  const listed = [...(first ? [first] : []), ...shownPages].reduce((sum, page) => sum + page.rows, 0);
  const findings = digestThread({ rows: lines, at: null, incidents }, { ...messageRoom, text: style.text });
  const whole = findings.whole && listed === lines.length;
  const note = [
    pages.length > 0 ? 'the table continues in the thread' : '',
    findings.messages.length > 0 ? 'findings in the thread' : '',
    whole ? '' : 'everything in the file',
  ].filter((part) => part !== '');
  return {
    message: {
      text: `${title}: ${stateCounts(all)}`,
      blocks: [
        ...above,
        ...(first?.blocks ?? []),
        ...(note.length === 0 ? [] : [context(note.join(' · '))]),
        ...below,
      ],
    },
    thread: [
      ...shownPages.map((page, index) => ({
        text: `Clusters, page ${index + 2} of ${pages.length + 1}`,
        blocks: [...page.blocks],
      })),
      ...findings.messages,
    ],
    ...omitUndefined({ file: whole ? undefined : fileOf(renderFleetFile(lines, at, requestId), at) }),
  };
};

const fileOf = (content: string, at: string) => ({
  filename: `peering-clusters-${at.replace(/[^0-9T]/g, '').slice(0, 15)}.json`,
  title: 'All clusters',
  content,
});

const facts = ({ words, requestedBy, tookMs }: FleetAnswer): string =>
  [
    `check of ${few(words, 5, (word) => code(word, 60))}`,
    duration(tookMs),
    mention(requestedBy) === '' ? '' : `requested by ${mention(requestedBy)}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');

const againButton = ({ words, short }: FleetAnswer) =>
  fleetButtons.runAgain.render('Run again', { words: words.join(' '), short: short ? 'short' : null });

const table = {
  caption: 'The clusters, worst first',
  head: ['cluster', 'state', 'errors', 'warnings', 'new', 'same state for', 'took'],
};

/** Characters kept free for the last lines. */
const spare = 200;

const stateWords = ({ verdict }: FleetLine): string =>
  verdict === null ? 'not read' : verdict === 'warnings' ? 'warnings' : verdictShort[verdict];

/** Since when the state has been the same; of a cluster that could not be read, when it last was. */
const ageWords = ({ verdict, since, lastRead, isFirst }: FleetLine, at: string): string => {
  const ago = (iso: string): string => age(Date.parse(at) - Date.parse(iso));
  if (verdict === null) return lastRead === null ? 'never read' : `read ${ago(lastRead)} ago`;
  if (since !== null) return ago(since);
  return isFirst && lastRead === null ? 'first check' : 'changed';
};

const newWords = (line: FleetLine): string => (line.verdict === null ? '–' : changeWords(line));

const cellsOf = (line: FleetLine, at: string): readonly string[] => [
  cellName(line.cluster),
  `${stateIcon(line.verdict)} ${stateWords(line)}`,
  line.verdict === null ? '–' : grouped(line.errors),
  line.verdict === null ? '–' : grouped(line.warnings),
  newWords(line),
  ageWords(line, at),
  duration(line.tookMs),
];

const textOf = (line: FleetLine, at: string): string =>
  [
    `${stateIcon(line.verdict)} *${prose(line.cluster, 64)}*`,
    line.verdict === null ? stateWords(line) : '',
    line.errors > 0 ? count(line.errors, 'error') : '',
    line.warnings > 0 ? count(line.warnings, 'warning') : '',
    newWords(line),
    ageWords(line, at),
    duration(line.tookMs),
  ]
    .filter((part) => part !== '' && part !== '–' && part !== '—')
    .join(' · ');

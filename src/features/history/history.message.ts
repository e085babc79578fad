import type { KnownBlock, ModalView } from '@slack/types';
import type { Severity, Verdict } from '../../report/report';
import { code, prose } from '../../render/escape';
import { trend } from '../../render/trend';
import { count, duration, grouped, mutedIcon, verdictIcon } from '../../render/words';
import { actionsBlock, context, moment, section, sectionWithButton } from '../../render/slack/blocks';
import { detailsButton } from './run-buttons';
import { historyButtons } from './history-buttons';
import { limits, type Message } from '../../render/slack/limits';
import { modal } from '../../render/slack/modal';

/** A stored run in a few words. */
export interface RunLine {
  readonly run: string;
  /** When it began (ISO 8601). */
  readonly at: string;
  readonly verdict: Verdict;
  /** Findings that count by severity, and muted ones. */
  readonly findings: Readonly<Record<Severity, number>> & { readonly muted?: number | undefined };
  /** The peer that it was narrowed to. */
  readonly peer: string | null;
  readonly durationMs: number;
}

/** Runs that the message lists; the modal lists as many as fit. */
const maxInMessage = 12;
const maxInModal = limits.blocksPerModal - 4;

/** Runs in a trend: two weeks of daily checks. */
const trendRuns = 14;

/** Renders counts, worst first: `2 errors, 1 warning`. */
const foundWords = ({ error, warning, info, muted = 0 }: RunLine['findings']): string =>
  [
    error > 0 ? count(error, 'error') : '',
    warning > 0 ? count(warning, 'warning') : '',
    info > 0 ? count(info, 'note') : '',
    muted > 0 ? `${mutedIcon} ${grouped(muted)} muted` : '',
  ]
    .filter((part) => part !== '')
    .join(', ') || 'nothing found';

/** Renders the findings of a run, and for an unknown verdict that there may be more. */
export const runWords = (
  { verdict, findings }: Pick<RunLine, 'verdict' | 'findings'>,
  show = (text: string): string => text,
): string =>
  `${show(foundWords(findings))}${verdict === 'unknown' ? ', some checks could not be evaluated' : ''}`;

/** One run on one line, with its time in the reader's zone. */
const runLine = (run: RunLine): string => {
  const { verdict, at, peer, durationMs } = run;
  return [
    `${verdictIcon[verdict]} ${runWords(run, (text) => `*${text}*`)}`,
    moment(at),
    duration(durationMs),
    peer === null ? '' : `only peer ${code(peer, 40)}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
};

/** The errors of the newest runs of the whole cluster as bars, oldest first; empty below two such runs. */
export const errorTrend = (newestFirst: readonly RunLine[]): string => {
  const whole = newestFirst.filter(({ peer }) => peer === null).slice(0, trendRuns);
  const bars = whole.map(({ verdict, findings }) => (verdict === 'unknown' ? null : findings.error));
  return bars.length < 2 ? '' : trend(bars.toReversed());
};

const titleOf = (cluster: string, runs: readonly RunLine[]): string =>
  `*History of ${prose(cluster, 64)}* · ${count(runs.length, 'stored run')}`;

/** Renders the answer to `/peering history`: the stored runs, newest first, and the trend of errors. */
export const renderHistory = (cluster: string, runs: readonly RunLine[]): Message => {
  const [newest, ...older] = runs;
  if (newest === undefined) {
    const text = `*${prose(cluster, 64)}* has no stored runs · to check it, run ${code(`/peering check ${cluster}`, 100)}`;
    return { text, blocks: [section(text)] };
  }
  const title = titleOf(cluster, runs);
  const bars = errorTrend(runs);
  const shown = runs.slice(0, maxInMessage);
  // Two runs of the same peers compare best.
  const before = older.find(({ peer }) => peer === newest.peer) ?? older[0];
  const buttons = before
    ? [
        historyButtons.compare.render('Compare the last two', {
          cluster,
          run: newest.run,
          other: before.run,
        }),
        historyButtons.runs.render('All runs', { cluster, run: null, other: null }),
      ].filter((one) => one !== undefined)
    : [];
  return {
    text: title,
    blocks: [
      section(
        bars === ''
          ? title
          : `${title}\n${bars}  errors of the last checks of the whole cluster, oldest first`,
      ),
      ...shown.map((run) =>
        sectionWithButton(runLine(run), detailsButton({ cluster, peer: run.peer, run: run.run })),
      ),
      ...(runs.length > shown.length
        ? [context(`… and ${count(runs.length - shown.length, 'older run')}`)]
        : []),
      ...(buttons.length > 0 ? [actionsBlock(buttons)] : []),
    ],
  };
};

const listing = (head: readonly KnownBlock[], lines: readonly KnownBlock[]): readonly KnownBlock[] => [
  ...head,
  ...lines.slice(0, maxInModal),
  ...(lines.length > maxInModal ? [context(`… and ${count(lines.length - maxInModal, 'older run')}`)] : []),
];

/** Renders *All runs*: every stored run, each with its details. */
export const renderRuns = (cluster: string, runs: readonly RunLine[], channel: string): ModalView =>
  modal(
    'history:runs',
    'All runs',
    { channel, cluster, run: '' },
    listing(
      [section(titleOf(cluster, runs))],
      runs.map((run) =>
        sectionWithButton(runLine(run), detailsButton({ cluster, peer: run.peer, run: run.run })),
      ),
    ),
  );

/** Renders *Compare with*: every stored run but the chosen one, each with a button that compares the two. */
export const renderPicker = (
  cluster: string,
  chosen: RunLine,
  runs: readonly RunLine[],
  channel: string,
): ModalView => {
  const others = runs.filter(({ run }) => run !== chosen.run);
  const lines = others.map((other) => {
    const compare = historyButtons.compare.render('Compare', { cluster, run: chosen.run, other: other.run });
    return sectionWithButton(runLine(other), compare);
  });
  const head = [section(`*${prose(cluster, 64)}*\n${runLine(chosen)}`), context('Compare this run with:')];
  return modal(
    'history:pick',
    'Compare with',
    { channel, cluster, run: chosen.run },
    others.length === 0
      ? [...head.slice(0, 1), context('No other run is stored.')]
      : listing([...head, { type: 'divider' }], lines),
  );
};

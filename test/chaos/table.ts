import { addOutcomes, type Outcome } from './evaluate';
import type { ResourceSample } from './measure';
import { faultName } from './mixtures';
import type { ScenarioResult } from './run-scenario';

const percentile = (sorted: readonly number[], share: number): string => {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? '–' : (value / 1000).toFixed(1);
};

const columns = [
  'fault',
  'commands',
  'digests',
  'lost',
  'stuck',
  'doubled',
  'false',
  'doubled, unavoidable',
  'not acknowledged',
  'not confirmed, bot killed',
  'cluster not read',
  'p50 s',
  'p95 s',
  'max s',
];

type Row = Pick<ScenarioResult, 'outcome' | 'commands' | 'digests'>;

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

export const sumOf = (results: readonly ScenarioResult[]): Outcome =>
  addOutcomes(results.map(({ outcome }) => outcome));

/** Maximum doubled posts that Slack's protocol cannot exclude: one of twenty answers. */
export const maxUnavoidable = (results: readonly ScenarioResult[]): number =>
  Math.ceil(sumOf(results).accepted / 20);

const rowOf = (name: string, { outcome, commands, digests }: Row): string =>
  line([
    name,
    commands,
    digests,
    outcome.lost,
    outcome.stuck,
    outcome.doubled,
    outcome.untrue,
    outcome.unavoidable,
    outcome.unacknowledged,
    outcome.unconfirmed,
    outcome.unread,
    percentile(outcome.answerMs, 0.5),
    percentile(outcome.answerMs, 0.95),
    percentile(outcome.answerMs, 1),
  ]);

const addRows = (results: readonly ScenarioResult[]): Row => ({
  outcome: sumOf(results),
  commands: results.reduce((sum, { commands }) => sum + commands, 0),
  digests: results.reduce((sum, { digests }) => sum + digests, 0),
});

const head = [line(columns), line(columns.map(() => '---'))];

/** One row for each scenario, and their sum, as Markdown. */
export const renderOutcomes = (results: readonly ScenarioResult[]): string =>
  [
    ...head,
    ...results.map((result) => rowOf(result.scenario.name, result)),
    rowOf('all', addRows(results)),
  ].join('\n');

/** One row for each kind of fault, with the sum of the scenarios that had it, among others. */
export const renderByFault = (results: readonly ScenarioResult[]): string => {
  const names = new Set(
    results.flatMap(({ scenario }) => scenario.steps.map(({ fault }) => faultName(fault))),
  );
  const having = (name: string): readonly ScenarioResult[] =>
    results.filter(({ scenario }) => scenario.steps.some(({ fault }) => faultName(fault) === name));
  return [
    ...head,
    ...[...names]
      .toSorted()
      .map((name) => rowOf(`${name} (${having(name).length} times)`, addRows(having(name)))),
  ].join('\n');
};

export interface NamedSample {
  readonly name: string;
  /** Answers before it was taken. */
  readonly answers: number;
  readonly sample: ResourceSample;
}

/** The use of resources at some moments of the run. */
export const renderResources = (samples: readonly NamedSample[]): string =>
  [
    line([
      '',
      'answers so far',
      'bots MiB',
      'workers MiB',
      'sockets',
      'sockets to Consul',
      'keys that stay',
      'keys that expire',
      'Redis MiB',
    ]),
    line(Array.from({ length: 9 }, () => '---')),
    ...samples.map(({ name, answers, sample }) =>
      line([
        name,
        answers,
        sample.botMiB,
        sample.workerMiB,
        sample.sockets,
        sample.consulSockets,
        sample.lastingKeys,
        sample.expiringKeys,
        sample.redisMiB,
      ]),
    ),
  ].join('\n');

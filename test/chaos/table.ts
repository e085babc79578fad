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

/** The use of resources at the beginning, in the middle and at the end of the run. */
export const renderResources = (before: ResourceSample, results: readonly ScenarioResult[]): string => {
  const samples = [before, ...results.map(({ after }) => after)];
  const at = (name: string, index: number) => ({
    name,
    sample: samples[index],
    done: results.slice(0, index),
  });
  const last = samples.length - 1;
  return [
    line([
      '',
      'answers so far',
      'bots MiB',
      'workers MiB',
      'sockets',
      'keys that stay',
      'keys that expire',
      'Redis MiB',
    ]),
    line(Array.from({ length: 8 }, () => '---')),
    ...[
      at('before', 0),
      at('beginning', Math.min(1, last)),
      at('middle', Math.ceil(last / 2)),
      at('end', last),
    ].flatMap(({ name, sample, done }) =>
      sample === undefined
        ? []
        : line([
            name,
            sumOf(done).accepted,
            sample.botMiB,
            sample.workerMiB,
            sample.sockets,
            sample.lastingKeys,
            sample.expiringKeys,
            sample.redisMiB,
          ]),
    ),
  ].join('\n');
};

import type { ResourceSample } from './measure';
import type { ScenarioResult } from './run-scenario';

const percentile = (sorted: readonly number[], share: number): string => {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? '–' : (value / 1000).toFixed(1);
};

const columns = [
  'fault',
  'accepted',
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

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** One row for each scenario, as Markdown. */
export const renderOutcomes = (results: readonly ScenarioResult[]): string =>
  [
    line(columns),
    line(columns.map(() => '---')),
    ...results.map(({ scenario, outcome }) =>
      line([
        scenario.name,
        outcome.accepted,
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
      ]),
    ),
  ].join('\n');

/** The use of resources before the run and after each scenario. */
export const renderResources = (before: ResourceSample, results: readonly ScenarioResult[]): string => {
  const rows = [
    { name: 'before', sample: before },
    ...results.map(({ scenario, after }) => ({ name: `after ${scenario.name}`, sample: after })),
  ];
  return [
    line(['', 'memory MiB', 'sockets', 'Redis keys', 'Redis MiB']),
    line(['---', '---', '---', '---', '---']),
    ...rows.map(({ name, sample }) =>
      line([name, sample.memoryMiB, sample.sockets, sample.redisKeys, sample.redisMiB]),
    ),
  ].join('\n');
};

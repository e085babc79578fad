import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Row } from './row';

/** Measured outcome of a row. */
export interface Outcome {
  readonly row: Row;
  readonly told: 'right' | 'missed' | 'false alarm';
  /** Empty where the row has none. */
  readonly fix: 'works' | 'fails' | 'none' | '';
  readonly seconds: number;
  /** Blocked, and no error at any end: the row expects a warning, as what decides is not visible to the bot. */
  readonly byWarning: boolean;
  /** Mistakes of a first measurement that was made once more. */
  readonly failedFirst?: string;
}

type Totals = Readonly<
  Record<
    | 'blocked'
    | 'flows'
    | 'right'
    | 'missed'
    | 'byWarning'
    | 'unseen'
    | 'falseAlarm'
    | 'fixes'
    | 'fixesThatWork',
    number
  >
>;

export const countOutcomes = (outcomes: readonly Outcome[]): Totals => {
  const count = (test: (one: Outcome) => boolean): number => outcomes.filter(test).length;
  return {
    blocked: count(({ row }) => row.truth === 'blocked'),
    flows: count(({ row }) => row.truth === 'flows'),
    right: count(({ told }) => told === 'right'),
    missed: count(({ told }) => told === 'missed'),
    byWarning: count(({ told, byWarning }) => told === 'right' && byWarning),
    unseen: count(({ row, told }) => told === 'right' && row.unseen !== undefined),
    falseAlarm: count(({ told }) => told === 'false alarm'),
    fixes: count(({ row }) => row.fix !== undefined),
    fixesThatWork: count(({ fix }) => fix === 'works'),
  };
};

export const totalsLine = (totals: Totals): string =>
  `${totals.blocked} blocked and ${totals.flows} flowing states: told right ${totals.right} (${totals.byWarning} by a warning, ${totals.unseen} as not visible) / ` +
  `missed ${totals.missed} / false alarm ${totals.falseAlarm} / fixes that work ${totals.fixesThatWork} of ${totals.fixes}`;

/** The file in which the processes of one run keep their totals; named by the process that starts them. */
export const totalsVariable = 'LAB_STATES_TOTALS';

export const keepTotals = (totals: Totals): void => {
  const file = process.env[totalsVariable];
  if (file) appendFileSync(file, `${JSON.stringify(totals)}\n`);
};

/** The sum over all processes. */
export const readTotals = (): Totals | undefined => {
  const file = process.env[totalsVariable];
  if (!file || !existsSync(file)) return undefined;
  const kept = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Totals);
  return kept.reduce((sum, one) => {
    const keys = Object.keys(sum) as (keyof Totals)[];
    return Object.fromEntries(keys.map((key) => [key, sum[key] + one[key]])) as Totals;
  }, countOutcomes([]));
};

import { decodeParts, encodeParts } from '../../render/slack/button-value';

/** What the buttons of a cluster's history carry: names of stored runs, which are looked up when clicked. */

export const historyActionIds = {
  /** Lists all kept runs. */
  runs: 'history:runs',
  /** Lists the runs that one run can be compared with. */
  pick: 'history:pick',
  compare: 'history:compare',
} as const;

export interface HistoryAction {
  readonly cluster: string;
  /** The run that it is about; null where it is about all. */
  readonly run: string | null;
  /** The run to compare it with. */
  readonly other: string | null;
}

/** The action as a button's value, or nothing where it is longer than Slack takes. */
export const encodeHistoryAction = ({ cluster, run, other }: HistoryAction): string | undefined =>
  encodeParts([cluster, run, other]);

/** Reads a button's value; nothing where it is not one of these. */
export const decodeHistoryAction = (value: string | undefined): HistoryAction | undefined => {
  const parts = decodeParts(value, 3);
  if (parts === undefined) return undefined;
  const [cluster, run, other] = parts;
  const name = (part: unknown): part is string => typeof part === 'string' && part !== '';
  return name(cluster) && (run === null || name(run)) && (other === null || name(other))
    ? { cluster, run, other }
    : undefined;
};

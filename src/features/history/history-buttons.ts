import { z } from 'zod';
import { defineButton, NonEmpty } from '../../slack/define-button';

/** The buttons of a cluster's history. They carry names of stored runs, which are looked up after a click. */
export const historyButtons = {
  /** Lists all stored runs. */
  runs: defineButton({
    id: 'history:runs',
    value: z.object({ cluster: NonEmpty, run: NonEmpty.nullable(), other: NonEmpty.nullable() }),
  }),
  /** Lists the runs that `run` can be compared with. */
  pick: defineButton({
    id: 'history:pick',
    value: z.object({ cluster: NonEmpty, run: NonEmpty, other: NonEmpty.nullable() }),
  }),
  compare: defineButton({
    id: 'history:compare',
    value: z.object({ cluster: NonEmpty, run: NonEmpty, other: NonEmpty }),
  }),
} as const;

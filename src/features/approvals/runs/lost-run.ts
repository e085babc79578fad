import type { Work } from '../requests/request';

/** The end of a run whose result was lost. */
export interface LostRunEnd {
  readonly event: 'reconcile-done' | 'reconcile-undone';
  readonly message: string;
  readonly facts?: readonly string[];
  /** The work of the run with facts that are known only now. */
  readonly work?: Work;
}

/** The end of a lost run, or the reason why it is not known yet. */
export type LostRun = LostRunEnd | { readonly wait: string };

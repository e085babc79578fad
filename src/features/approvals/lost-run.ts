/** The end of a run whose result was lost. */
export interface LostRunEnd {
  readonly event: 'reconcile-done' | 'reconcile-undone';
  readonly message: string;
  readonly facts?: readonly string[];
}

/** The end of a lost run, or the reason why it is not known yet. */
export type LostRun = LostRunEnd | { readonly wait: string };

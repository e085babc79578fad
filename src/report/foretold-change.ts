import type { ChangeEffect } from './compare-change';
import type { Verdict } from './report';

/** Predicted effect of a change on a cluster. JSON-safe, no markup, no secrets. */
export interface ForetoldChange {
  readonly cluster: string;
  /** The changes, such as `exported-services/default`. */
  readonly changes: readonly string[];
  /** Documents of the files that change nothing that checks read. */
  readonly ignored: readonly string[];
  readonly verdict: { readonly before: Verdict; readonly after: Verdict };
  readonly effect: Omit<ChangeEffect, 'unchanged'>;
  /** Number of findings with and without the change. */
  readonly unchanged: number;
  /** By the server's clock (ISO 8601). */
  readonly startedAt: string;
  readonly durationMs: number;
}

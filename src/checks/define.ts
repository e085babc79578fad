import type { Evidence, Finding, Remediation, Severity, Subject } from '../report/report';
import type { SnapshotChanges } from './examples/healthy';
import type { Input, InputValues } from './view';

export type Group = 'consul' | 'mesh-gateways' | 'sidecars' | 'exported-services' | 'peerings' | 'acls';

export const groups: readonly Group[] = [
  'consul',
  'mesh-gateways',
  'sidecars',
  'exported-services',
  'peerings',
  'acls',
];

/** A finding as a check writes it: severity defaults to that of the check, docs to those of the requirement. */
export interface Draft {
  readonly severity?: Severity;
  readonly subject: Subject;
  readonly message: string;
  readonly evidence: readonly Evidence[];
  /** A function where a fix costs as much as a config entry is large: it is called while the report has room for fixes. */
  readonly remediation: readonly Remediation[] | (() => readonly Remediation[]);
  readonly docs?: Finding['docs'];
  /** Set by the runner. */
  readonly paths?: Finding['paths'];
}

/** The answer of a check: findings (none is a pass), or why it does not apply, or why it cannot decide. */
export type CheckOutcome =
  | readonly Draft[]
  | { readonly skip: string; readonly note?: string | undefined }
  | { readonly unknown: string; readonly findings?: readonly Draft[] };

/** The requirement does not apply here. Reports show the reason; the note is added to the line of the verdict. */
export const skip = (reason: string, note?: string): CheckOutcome => ({ skip: reason, note });

/** The facts do not decide it. Reports show the reason, beside the findings that are certain anyway. */
export const unknown = (reason: string, findings: readonly Draft[] = []): CheckOutcome => ({
  unknown: reason,
  findings,
});

export interface Requirement {
  /** `spec`: Consul's specification for cluster peering. `field`: what has broken in practice. */
  readonly source: 'spec' | 'field';
  readonly docs: string;
  /** The Consul version that introduced it. */
  readonly since: string;
}

export interface Check<I extends Input = Input, O extends Input = Input> {
  /** Listed in docs/requirements.md. Never renamed, never reused. */
  readonly id: string;
  readonly group: Group;
  /** The passing fact. */
  readonly title: string;
  /** The failing fact. */
  readonly failureTitle: string;
  /** The worst severity that it finds. */
  readonly severity: Severity;
  readonly requirement: Requirement;
  /** Consequences if it is not met, in one or two sentences. */
  readonly rationale: string;
  /** Inputs that must be fully visible. One that is not makes the check `unknown`, with its reason. */
  readonly inputs: readonly I[];
  /**
   * Those of `inputs` that may be partial: findings about visible rows count, and without findings the check is
   * `unknown`.
   */
  readonly partial?: readonly NoInfer<I>[];
  /** Inputs that help where they are visible. They arrive as sections. */
  readonly optional?: readonly O[];
  /** Differences from the healthy snapshot: one where the check finds nothing, and one where it fails. */
  readonly examples: { readonly pass: SnapshotChanges; readonly fail: SnapshotChanges };
  readonly evaluate: (values: InputValues<I, O>) => CheckOutcome;
}

/** A typed identity: reading an input that is not declared does not compile. */
export const defineCheck = <I extends Input, O extends Input = never>(check: Check<I, O>): Check<I, O> =>
  check;

/** Any check, without the types of its inputs: what the registry holds and the runner runs. */
export interface AnyCheck extends Omit<Check, 'evaluate'> {
  readonly evaluate: (values: never) => CheckOutcome;
}

import type { Evidence, Finding, Remediation, Severity, Subject } from '../report/report';
import type { Section } from '../snapshot/snapshot';
import type { Views } from './views';

export type Group = 'consul' | 'mesh-gateways' | 'sidecars' | 'exported-services' | 'peerings' | 'acls';

export const groups: readonly Group[] = [
  'consul',
  'mesh-gateways',
  'sidecars',
  'exported-services',
  'peerings',
  'acls',
];

/** A finding as a check writes it: severity falls back to the check's, docs to the requirement's. */
export interface Draft {
  readonly severity?: Severity;
  readonly subject: Subject;
  readonly message: string;
  readonly evidence: readonly Evidence[];
  readonly remediation: readonly Remediation[];
  readonly docs?: Finding['docs'];
}

/** What a check answers: findings (none is a pass), or why it does not apply, or why it cannot tell. */
export type Outcome =
  | readonly Draft[]
  | { readonly skip: string; readonly note?: string }
  | { readonly unknown: string; readonly findings?: readonly Draft[] };

/** The requirement does not apply here. The reason is shown; a note is added to the verdict's line. */
export const skip = (reason: string, note?: string): Outcome =>
  note === undefined ? { skip: reason } : { skip: reason, note };

/** The facts do not decide it. The reason is shown, beside the findings that are certain anyway. */
export const unknown = (reason: string, findings: readonly Draft[] = []): Outcome => ({
  unknown: reason,
  findings,
});

/** The views a check reads: values for `I`, sections (perhaps unseen) for `O`. */
export type Reads<I extends keyof Views, O extends keyof Views> = Pick<Views, I> & {
  readonly [K in O]: Section<Views[K]>;
};

export interface Check<I extends keyof Views = keyof Views, O extends keyof Views = never> {
  /** The slug of the catalogue. Never renamed, never reused. */
  readonly id: string;
  readonly group: Group;
  /** The passing fact. */
  readonly title: string;
  /** The worst it can find. */
  readonly severity: Severity;
  readonly requirement: { readonly source: 'spec' | 'field'; readonly docs: string; readonly since: string };
  /** What goes wrong without it, in one or two sentences. */
  readonly rationale: string;
  /** Views that must be seen whole. One that is not makes the check `unknown`, with its reason. */
  readonly inputs: readonly I[];
  /**
   * Those of `inputs` where a row that is seen can be judged although others are hidden: findings then stand,
   * and where there are none the check is `unknown`.
   */
  readonly partial?: readonly I[];
  /** Views that help where they can be seen. They arrive as sections. */
  readonly optional?: readonly O[];
  // What a check reads follows from what it declares alone, not from its examples.
  readonly examples: {
    readonly pass: Reads<NoInfer<I>, NoInfer<O>>;
    readonly fail: Reads<NoInfer<I>, NoInfer<O>>;
  };
  readonly evaluate: (views: Reads<NoInfer<I>, NoInfer<O>>) => Outcome;
}

/** A typed identity: it makes reading a view that is not declared a compile error. */
export const defineCheck = <I extends keyof Views, O extends keyof Views = never>(
  check: Check<I, O>,
): Check<I, O> => check;

/** Any check, its inputs forgotten: what the registry holds and the runner feeds. */
export type AnyCheck = Omit<Check<keyof Views, keyof Views>, 'examples'> & {
  readonly examples: { readonly pass: object; readonly fail: object };
};

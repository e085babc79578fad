import type { Remediation } from './report';

/** What an inspection of tokens answers. JSON-safe, no markup, and no secret: tokens are named by their accessors. */

/** One right that is needed, and whether the token holds it. */
export interface AclGrant {
  /** `service:write on mesh-gateway` */
  readonly right: string;
  readonly allowed: boolean;
  /** The rule and its policy, or the default policy. */
  readonly because: string;
  /** What does not work without it. */
  readonly why: string;
}

export interface AclToken {
  /** Whose it is: `the token of mesh-gateway`. */
  readonly whose: string;
  /** Empty where a role or policy stands for tokens that come and go. */
  readonly accessor: string;
  readonly description: string;
  /** What it is linked to: `policy gateway`, `role ops`, `service identity web`. */
  readonly linked: readonly string[];
  /** `hidden`: its rules may not be read; Consul's word on what it may do stands in. `gone`: no such token. */
  readonly state: 'read' | 'unreadable' | 'hidden' | 'gone';
  /** Why it was not read; empty where it was. */
  readonly reason: string;
  readonly management: boolean;
  readonly expiry: 'never' | 'renewed' | 'expired' | 'soon' | 'later';
  /** ISO 8601, where it ends. */
  readonly expires: string | null;
  readonly grants: readonly AclGrant[];
  /** What adds all grants that are missing. */
  readonly remediation: readonly Remediation[];
  /** Rules that grant more than is needed. */
  readonly beyond: readonly { readonly rule: string; readonly policy: string }[];
}

/** Tokens that could be those of a gateway for which none is named. */
export interface AclCandidates {
  readonly gateway: string;
  /** As the clusters file takes it: an accessor, or a role. */
  readonly tokens: readonly {
    readonly by: 'accessor' | 'role';
    readonly name: string;
    readonly description: string;
  }[];
  /** All that would do; `tokens` holds the likeliest. */
  readonly found: number;
  readonly searched: number;
  /** Management tokens, which are left out. */
  readonly management: number;
}

export interface AclReport {
  readonly schemaVersion: 1;
  readonly cluster: string;
  /** By the cluster's own clock (ISO 8601). */
  readonly readAt: string;
  readonly enabled: boolean;
  /** What holds where no rule decides; null where that could not be seen. */
  readonly defaultPolicy: 'allow' | 'deny' | null;
  readonly tokens: readonly AclToken[];
  readonly candidates: readonly AclCandidates[];
  /** What could not be seen, or what to do next. */
  readonly notes: readonly string[];
}

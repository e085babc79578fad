import type { Remediation } from './report';

/** The report of `acl`. JSON-safe, without markup or secrets: tokens are named by their accessors. */

/** One right that is needed, and if the token grants it. */
export interface AclGrant {
  /** `service:write on mesh-gateway` */
  readonly right: string;
  readonly allowed: boolean;
  /** The rule and its policy, or the default policy. */
  readonly because: string;
  /** The feature that does not work without it. */
  readonly why: string;
}

export interface AclTokenReport {
  /** Its owner: `the token of mesh-gateway`. */
  readonly whose: string;
  /** Empty if a role or policy is configured in place of short-lived tokens. */
  readonly accessor: string;
  readonly description: string;
  /** Its links: `policy gateway`, `role ops`, `service identity web`. */
  readonly linked: readonly string[];
  /** `hidden`: its rules are not visible, and Consul was asked for its rights instead. `gone`: no such token. */
  readonly state: 'read' | 'unreadable' | 'hidden' | 'gone';
  /** The reason why it was not read; empty if it was. */
  readonly reason: string;
  readonly management: boolean;
  readonly expiry: 'never' | 'renewed' | 'expired' | 'soon' | 'later';
  /** ISO 8601; null if it does not expire. */
  readonly expires: string | null;
  readonly grants: readonly AclGrant[];
  /** Adds all missing grants. */
  readonly remediation: readonly Remediation[];
  /** Rules that grant more than is needed. */
  readonly beyond: readonly { readonly rule: string; readonly policy: string }[];
}

/** Tokens that could belong to a gateway for which none is configured. */
export interface AclCandidates {
  readonly gateway: string;
  /** As in the clusters file: an accessor, or a role. */
  readonly tokens: readonly {
    readonly by: 'accessor' | 'role';
    readonly name: string;
    readonly description: string;
  }[];
  /** Number of tokens that would do; `tokens` holds the likeliest. */
  readonly found: number;
  readonly searched: number;
  /** Management tokens, which are left out. */
  readonly management: number;
}

export interface AclReport {
  readonly schemaVersion: 1;
  readonly cluster: string;
  /** By the clock of the cluster (ISO 8601). */
  readonly readAt: string;
  readonly enabled: boolean;
  /** Applies if no rule decides; null if it is not visible. */
  readonly defaultPolicy: 'allow' | 'deny' | null;
  readonly tokens: readonly AclTokenReport[];
  readonly candidates: readonly AclCandidates[];
  /** Facts that are not visible, and next steps. */
  readonly notes: readonly string[];
}

import type { Severity } from '../report/report';

/** JSON of commands that answer without a report. `docs/schema` has the schemas. */

/** A row of `peering-bot clusters`. */
export interface ListedCluster {
  readonly name: string;
  readonly address: string;
  /** Configured clusters by the names of the peerings with them. */
  readonly peers: Readonly<Record<string, string>>;
}

/** The answer of `peering-bot version`. */
export interface PrintedVersion {
  readonly version: string;
  /** The version of Node that runs it. */
  readonly node: string;
}

/** A row of `peering-bot check --list-checks`. */
export interface ListedCheck {
  readonly id: string;
  readonly group: string;
  /** The worst severity that it reports. */
  readonly severity: Severity;
  readonly title: string;
}

/** A row of `peering-bot migrate-storage`. */
export interface ListedRecord {
  /** `adopt`: it was never signed. `renew`: the previous key signed it. `ignored`: no known key did. */
  readonly action: 'adopt' | 'renew' | 'ignored';
  readonly kind: string;
  readonly key: string;
  /** The field of a hash; empty for a string. */
  readonly field: string;
  /** The start of its content, if people made it; otherwise empty. */
  readonly text: string;
}

/** A right, with the answer and its reason. */
interface AclAnswer {
  readonly resource: string;
  readonly access: string;
  readonly segment: string;
  readonly allowed: boolean;
  readonly because: string;
}

/** The answer of `acl --can`. */
export interface AclAnswers {
  readonly accessor: string;
  readonly can: readonly AclAnswer[];
}

/** One yes that a request needs. */
interface ListedYes {
  readonly clusters: readonly string[];
  /** The part of the clusters file that decides. */
  readonly from: 'owner' | 'approvals';
  /** The channels in which the approvers are asked. */
  readonly channels: readonly string[];
  /** Slack ids of people and user groups, of which one person is enough. */
  readonly users: readonly string[];
  readonly usergroups: readonly string[];
}

/** A row of `peering-bot config approvers`: who is asked about requests of these kinds for these clusters. */
export interface ListedApproval {
  readonly kinds: readonly string[];
  readonly clusters: readonly string[];
  /** Each of them is needed. */
  readonly yeses: readonly ListedYes[];
  /** True if one person may give both. */
  readonly samePerson: boolean;
  /** The reason why nobody can approve, as far as the file shows. */
  readonly problem: string | null;
}

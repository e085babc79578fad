import type { Evidence, Remediation, Severity } from '../../report/report';
import type { InputValues } from '../view';
import { gatewayModesView } from '../views/gateway-modes';
import { primaryDatacenterView } from '../views/primary-datacenter';
import { peerUpstreamsView } from '../views/upstreams';
import { registeredSidecarsView } from '../views/registered-sidecars';
import type { VersionRange } from './version-ranges';

/** Inputs that conditions read. */
export const issueInputs = [
  'acl',
  'peerings',
  'gateways',
  'exportedServices',
  'exportedHealth',
  'serviceDefaults',
  'proxyDefaults',
  'serviceResolvers',
  'serviceNames',
  'terminatingGateways',
  'wildcardLinks',
  'httpRoutes',
  'preparedQueries',
  'intentions',
  gatewayModesView,
  peerUpstreamsView,
  primaryDatacenterView,
  registeredSidecarsView,
] as const;

type IssueValues = InputValues<(typeof issueInputs)[number], never>;

/** The name of an input that conditions read. */
export type IssueInput = keyof IssueValues;

/** Facts that every condition gets. */
interface IssueContext {
  readonly datacenter: string;
  readonly enterprise: boolean;
  /** The servers' clock (ISO 8601). */
  readonly takenAt: string;
}

/** Inputs by name, and the facts that every condition gets. */
export type IssueFacts<S extends IssueInput> = Pick<IssueValues, S> & IssueContext;

/** A bug, or a limit, of Consul that matters to cluster peering, with the condition under which it occurs. */
export interface KnownBug<S extends IssueInput = IssueInput> {
  /** Number of the issue or change at hashicorp/consul; a name if it is not filed there. */
  readonly id: number | string;
  readonly affected: readonly VersionRange[];
  readonly severity: Exclude<Severity, 'error'>;
  readonly needs: readonly S[];
  /** Those of `needs` whose hidden rows could only add evidence: the condition gets the rows that are visible. */
  readonly partial?: readonly S[];
  /** Evidence that the condition holds; empty if it does not. */
  readonly holds: (facts: IssueFacts<S>) => readonly Evidence[];
  /** One sentence that says what people see. */
  readonly effect: string;
  /** Releases with the fix; empty if there is none. */
  readonly fixedIn: string;
  /** A workaround if no release has the fix. */
  readonly remediation?: (facts: IssueFacts<S>) => readonly Remediation[];
}

/** A typed identity: a condition that reads an input which it does not need does not compile. */
export const defineIssue = <S extends IssueInput>(issue: KnownBug<S>): KnownBug => issue;

import type { Hop, PathEnd } from '../paths/model';
import { consumerLabel, destinationLabel, pathLabel } from '../paths/words';
import { bySeverity, type Remediation, type Severity, type Subject } from '../report/report';
import { type AnyCheck, type CheckOutcome, type Draft, unknown } from './define';
import { failingRemediation } from './failing-checks';
import type { PeerRoute, PeerUpstream } from './model';
import { serviceLabel } from './names';
import { shellRemediation } from './remediation/shell';
import { startEnvoyCommand } from './remediation/start-envoy';
import { clusterSubject, peeringSubject, serviceSubject, sidecarSubject, upstreamSubject } from './subjects';
import type { ClusterPath } from './views/paths';

/** The facts that paths with one failing hop and one reason share. */
export interface PathProblem {
  readonly check: string;
  readonly end: PathEnd;
  readonly severity: Severity;
  readonly subject: Subject;
  readonly detail: string;
  readonly hop: Hop;
  /** At least one. */
  readonly paths: readonly ClusterPath[];
}

/** Checks with one finding for the whole cluster: it is the cause of every path that ends there. */
const clusterWide: ReadonlySet<string> = new Set([
  'mesh-gateway-registered',
  'mesh-gateway-healthy',
  'mesh-gateway-local-registered',
]);

/** Tells calls of API and ingress gateways from those of sidecars. */
const isRoute = (upstream: PeerUpstream): upstream is PeerRoute => 'gateway' in upstream;

const callSubject = ({ here, upstream, destination }: ClusterPath): Subject => {
  if (here === 'consumer' && isRoute(upstream)) {
    const { gateway, destination: called } = upstream;
    return { kind: gateway.kind, name: `${gateway.name} → ${called}` };
  }
  return here === 'consumer'
    ? upstreamSubject(upstream)
    : serviceSubject(destination.service, destination.namespace);
};

/** Returns the subject that reports a path which ends at a check. */
export const subjectOf = (path: ClusterPath, check: string, hop?: Hop): Subject => {
  const { here, destination, consumerPeer } = path;
  // Of two sides that differ for one service, the call is the subject: other calls over the same peering keep working.
  if (hop?.name === 'protocol') return callSubject(path);
  if (check === 'envoy-proxies') return sidecarSubject({ service: path.consumer.proxy });
  if (check === 'intentions-allow-peer') {
    const caller = serviceLabel(path.consumer.service, path.consumer.namespace);
    return { kind: 'intention', name: `${caller} of ${consumerPeer} → ${destinationLabel(path)}` };
  }
  if (check.startsWith('peering-')) {
    return peeringSubject(here === 'consumer' ? destination.peer : consumerPeer);
  }
  if (clusterWide.has(check)) {
    return clusterSubject(here === 'consumer' ? path.consumer.cluster : destination.cluster);
  }
  return callSubject(path);
};

/** A service that a peer calls and that is not exported may be the peer's mistake. */
const severityOf = ({ here, standby }: ClusterPath, { name, status, losesCalls }: Hop): Severity =>
  (status === 'pass' && !losesCalls) || standby || (here === 'destination' && name === 'exported')
    ? 'warning'
    : 'error';

/** Hops that count for the cluster that is checked: all of its own calls, and its own end of calls of peers. */
const countedHops = ({ here, hops }: ClusterPath): readonly Hop[] =>
  hops.filter(({ status, end }) => status === 'fail' && (here === 'consumer' || end === 'destination'));

/** Hops that pass with a risk. The consumer's side can avoid it; the other side can also start instances. */
const hopsAtRisk = ({ here, hops }: ClusterPath): readonly Hop[] =>
  hops.filter(({ atRisk, name }) => atRisk && (here === 'consumer' || name === 'instances'));

/** Checks of upstreams. `failover-targets` checks the targets that are used if others are down. */
const ofUpstreams: ReadonlySet<string> = new Set(['upstream-imported', 'upstream-destination-peer']);

/** Returns the id of the check that a hop of a path belongs to. */
export const checkOf = ({ here, standby, via, upstream }: ClusterPath, { check }: Hop): string => {
  const id = check[here];
  if (here !== 'consumer' || !ofUpstreams.has(id)) return id;
  if (standby || via === 'failover') return 'failover-targets';
  return isRoute(upstream) ? 'gateway-routes' : id;
};

/** Returns the problems of paths by the check that they belong to. Paths with one cause share a problem. */
export const pathProblems = (paths: readonly ClusterPath[]): ReadonlyMap<string, readonly PathProblem[]> => {
  const found = new Map<string, PathProblem & { readonly paths: ClusterPath[] }>();
  for (const path of paths) {
    for (const hop of [...countedHops(path), ...hopsAtRisk(path)]) {
      const check = checkOf(path, hop);
      const subject = subjectOf(path, check, hop);
      const { end } = hop;
      const detail = hop.atRisk ? hop.caution : hop.detail;
      const key = JSON.stringify([check, subject, detail]);
      const known = found.get(key);
      if (known) known.paths.push(path);
      else {
        const severity = severityOf(path, hop);
        found.set(key, { check, end, severity, subject, detail, hop, paths: [path] });
      }
    }
  }
  return Map.groupBy(found.values(), ({ check }) => check);
};

/** A hop that nobody could see, of a path whose ends were both read. */
export interface UnseenHop {
  readonly hop: Hop;
  readonly path: ClusterPath;
}

/**
 * Returns the first hop by check that is not visible on a path in use, although both ends are configured. Hops that lie in a
 * cluster which was not read at all are counted in the line of the verdict.
 */
export const unseenHops = (paths: readonly ClusterPath[]): ReadonlyMap<string, UnseenHop> => {
  const found = new Map<string, UnseenHop>();
  for (const path of paths) {
    // A broken hop decides, whatever is behind it.
    if (path.standby || path.status !== 'unknown') continue;
    for (const hop of path.hops) {
      // Many healthy proxies have no check that says whether they run.
      const isCounted =
        path.here === 'consumer'
          ? hop.name !== 'consumer' && !(path.isOtherEndUnread && hop.end === 'destination')
          : hop.end === 'destination';
      const check = checkOf(path, hop);
      if (isCounted && hop.status === 'unknown' && !found.has(check)) found.set(check, { hop, path });
    }
  }
  return found;
};

/** Makes a check unknown whose hop of a path is not visible. Its findings stay, and an error among them decides. */
export const withUnseen = (outcome: CheckOutcome, unseen: UnseenHop | undefined): CheckOutcome => {
  if (unseen === undefined || 'unknown' in outcome) return outcome;
  const { hop, path } = unseen;
  const findings = 'skip' in outcome ? [] : outcome;
  return unknown(
    `${pathLabel(path)} cannot be followed to its end (${hop.name.replaceAll('-', ' ')}): ${hop.detail}`,
    findings,
  );
};

/** True if the path goes through the config entry that a finding is about. */
const isOnTheWay = ({ evidence }: Draft, { paths }: PathProblem): boolean =>
  paths.some(({ upstream }) =>
    upstream.target.trail.some(({ endpoint, path }) =>
      evidence.some((one) => one.endpoint === endpoint && one.path.startsWith(path)),
    ),
  );

const isAbout = (draft: Draft, problem: PathProblem): boolean => {
  const { subject, check, paths, hop } = problem;
  if (hop.atRisk) return false;
  if (draft.subject.kind === subject.kind && draft.subject.name === subject.name) return true;
  if (clusterWide.has(check)) return true;
  if (check === 'mesh-gateway-wan-address' && draft.subject.kind === 'mesh-gateway') {
    return paths.some(({ here }) => here === 'destination');
  }
  if (draft.subject.kind === 'service-resolver') return isOnTheWay(draft, problem);
  return (
    draft.subject.kind === 'peering' && paths.some(({ consumerPeer }) => consumerPeer === draft.subject.name)
  );
};

const worse = (a: Severity, b: Severity): Severity => (bySeverity(a, b) <= 0 ? a : b);
const milder = (a: Severity, b: Severity): Severity => (bySeverity(a, b) <= 0 ? b : a);

const labelsOf = ({ paths }: PathProblem): readonly string[] => [...new Set(paths.map(pathLabel))];

const severityIn = (check: AnyCheck, { paths, severity, hop }: PathProblem): Severity =>
  milder(
    paths.reduce((worst, path) => worse(worst, severityOf(path, hop)), severity),
    check.severity,
  );

const toDraft = (check: AnyCheck, problem: PathProblem, remediation: Draft['remediation']): Draft => {
  const { subject, detail, hop, paths } = problem;
  const [path] = paths as readonly [ClusterPath, ...ClusterPath[]];
  const { consumer, destination } = path;
  const at = destination.cluster || `peer ${destination.peer}`;
  const call = `${consumerLabel(path)} in ${consumer.cluster} ${hop.atRisk ? 'calls' : 'cannot reach'} ${destinationLabel(path)} in ${at}`;
  return {
    severity: severityIn(check, problem),
    subject,
    message: `${call}: ${detail}`,
    evidence: hop.evidence,
    remediation,
    paths: labelsOf(problem),
  };
};

/** Starts the proxy of a consumer that does not run, unless Consul dataplane manages it. */
export const consumerRemediation = ({ hop, paths: [path] }: PathProblem): readonly Remediation[] => {
  if (hop.name !== 'consumer' || !path) return [];
  const { service, id, node, managedBy, namespace } = path.upstream.sidecar;
  if (isRoute(path.upstream)) return failingRemediation(service, namespace);
  return [
    ...(managedBy === 'dataplane'
      ? []
      : shellRemediation(
          `If its Envoy is not running: start it (on node ${node})`,
          startEnvoyCommand(id, { namespace }),
        )),
    ...failingRemediation(service, namespace),
  ];
};

/**
 * Adds to the outcome of a check the paths that end there: to the finding that is their cause, else as a finding of
 * their own. A check that a path fails never passes or skips.
 *
 * @param remediationOf returns the fixes for paths that no finding of the check explains
 */
export const withPaths = (
  check: AnyCheck,
  outcome: CheckOutcome,
  problems: readonly PathProblem[],
  remediationOf: (problem: PathProblem) => Draft['remediation'],
): CheckOutcome => {
  if (problems.length === 0) return outcome;
  const drafts = 'skip' in outcome ? [] : 'unknown' in outcome ? (outcome.findings ?? []) : outcome;
  const explained = new Set<PathProblem>();
  const named = drafts.map((draft): Draft => {
    const mine = problems.filter((problem) => isAbout(draft, problem));
    if (mine.length === 0) return draft;
    for (const problem of mine) explained.add(problem);
    const severity = mine.reduce(
      (worst, problem) => worse(worst, severityIn(check, problem)),
      draft.severity ?? check.severity,
    );
    return { ...draft, severity, paths: [...new Set(mine.flatMap(labelsOf))] };
  });
  const own = problems
    .filter((problem) => !explained.has(problem))
    .map((problem) => toDraft(check, problem, remediationOf(problem)));
  const all = [...named, ...own];
  return 'unknown' in outcome ? { ...outcome, findings: all } : all;
};

/** Says in the line of the verdict how many paths cannot be followed to their end. */
export const unreadPathsNote = (paths: readonly ClusterPath[]): readonly string[] => {
  const outbound = paths.filter(({ here }) => here === 'consumer');
  const unread = outbound.filter(({ status, isOtherEndUnread }) => isOtherEndUnread && status === 'unknown');
  if (unread.length === 0) return [];
  const peers = [...new Set(unread.map(({ destination }) => destination.peer))];
  const shown = `${peers.slice(0, 3).join(', ')}${peers.length > 3 ? ` and ${peers.length - 3} more` : ''}`;
  const are = unread.length === 1 ? '1 path is' : `${unread.length} paths are`;
  return [`${are} not visible to the end: the other side of ${shown} is not configured or was not read`];
};

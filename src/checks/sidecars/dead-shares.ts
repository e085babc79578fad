import type { HttpRoute } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import type { Entry } from '../../snapshot/snapshot';
import type { Draft } from '../define';
import type { GatewayRoute, PeerRoute, UpstreamTarget } from '../model';
import { serviceLabel } from '../names';
import { configEntryRemediation } from '../remediation/config-entry';
import type { LocalBackend } from '../traffic/local-backends';
import { upstreamEvidence } from '../traffic/upstream-evidence';
import { routeLabel } from '../views/gateway-routes';
import { isFromGatewayApi } from './unbound-routes';
import { routeSubject } from './unserved-routes';

/** A service of a rule that takes no calls here, while another service of that rule is at a peer. */
export interface DeadShare extends Pick<DeadBackend, 'why' | 'evidence'> {
  readonly route: GatewayRoute;
  readonly target: UpstreamTarget;
  readonly beside: PeerRoute;
}

type DeadBackend = Extract<LocalBackend, { is: 'dead' }>;

const sharesRule = (one: GatewayRoute, other: GatewayRoute): boolean =>
  one.rule !== undefined &&
  one.rule === other.rule &&
  one.route === other.route &&
  one.gateway.name === other.gateway.name;

/**
 * Finds the services of rules that share their calls with a service of a peer, and that take none here: nothing of them is
 * registered or in the mesh, or all of that fails its checks. Each gets its share of the calls, and its share fails (seen with real traffic on 1.20.1). Consul stores a weight of 0
 * in a route as 1, so no service of a rule is without calls. A TCP route has one service.
 */
export const findDeadShares = (
  routes: readonly GatewayRoute[],
  toPeers: readonly PeerRoute[],
  backendOf: (target: UpstreamTarget) => LocalBackend,
): { readonly dead: readonly DeadShare[]; readonly hidden: string | undefined } => {
  const shares = routes.flatMap((route) => {
    const [target] = route.targets;
    // Of a name whose router is left out, a finding of its own tells.
    if (!target || route.targets.length > 1 || target.peer || target.datacenter || route.leftOut) return [];
    const beside = toPeers.find((one) => sharesRule(one, route));
    return beside ? [{ route, target, beside, backend: backendOf(target) }] : [];
  });
  return {
    dead: shares.flatMap(({ backend, ...share }) =>
      backend.is === 'dead' ? [{ ...share, why: backend.why, evidence: backend.evidence }] : [],
    ),
    hidden: shares.flatMap(({ backend }) => (backend.is === 'unknown' ? [backend.why] : []))[0],
  };
};

/** Takes a service out of the rule. */
const takeOut = (
  { route, destination, rule, named }: GatewayRoute,
  httpRoutes: readonly Entry<HttpRoute>[],
): readonly Remediation[] => {
  const existing = httpRoutes.find(({ entry }) => entry === route);
  // consul-k8s would write it again.
  if (!existing || isFromGatewayApi(existing.entry)) return [];
  const entry: HttpRoute = {
    ...existing.entry,
    Rules: existing.entry.Rules.map((one, index) =>
      index === rule ? { ...one, Services: one.Services.filter((service) => service !== named) } : one,
    ),
  };
  return configEntryRemediation({
    title: `Take ${destination} out of ${route.Kind} ${existing.entry.Name}`,
    entry,
    existing,
  });
};

/** Describes a service of a rule whose share of the calls fails. */
export const deadShareFinding = (
  { route, beside, why, evidence }: DeadShare,
  httpRoutes: readonly Entry<HttpRoute>[],
): Draft => ({
  subject: routeSubject(route),
  message: `${routeLabel(route)} shares calls between ${beside.destination}, which resolves to ${serviceLabel(beside.service, beside.target.namespace)} at ${beside.peer}, and ${route.destination}, but ${why}: the calls that ${route.destination} gets fail`,
  evidence: [
    upstreamEvidence(route),
    ...route.targets.flatMap(({ trail }) => trail),
    upstreamEvidence(beside),
    ...evidence,
  ],
  remediation: () => takeOut(route, httpRoutes),
});

import type { EvaluateHop } from './define-hop';
import { consumerHop } from './hops/consumer';
import { destinationHop } from './hops/destination';
import { exportedHop } from './hops/exported';
import { gatewayAddressHop } from './hops/gateway-address';
import { gatewayModeHop } from './hops/gateway-mode';
import { instancesHop } from './hops/instances';
import { intentionHop } from './hops/intention';
import { localGatewayHop } from './hops/local-gateway';
import { peeringHop } from './hops/peering';
import { protocolHop } from './hops/protocol';
import { remoteGatewayHop } from './hops/remote-gateway';
import { remotePeeringHop } from './hops/remote-peering';
import { tlsHop } from './hops/tls';
import { upstreamHop } from './hops/upstream';
import type { Hop, HopStatus, Path, PathFacts, PathRoute } from './model';

/** All hops, in the order of traffic. To add one, add a line here. */
const hops: readonly EvaluateHop[] = [
  consumerHop,
  upstreamHop,
  peeringHop,
  gatewayModeHop,
  localGatewayHop,
  remoteGatewayHop,
  gatewayAddressHop,
  remotePeeringHop,
  exportedHop,
  intentionHop,
  destinationHop,
  instancesHop,
  protocolHop,
  tlsHop,
];

const statusOf = (evaluated: readonly Hop[]): HopStatus => {
  const statuses = new Set(evaluated.map(({ status }) => status));
  if (statuses.has('fail')) return 'fail';
  return statuses.has('unknown') ? 'unknown' : 'pass';
};

/** Evaluates every hop of a path. */
export const tracePath = (route: PathRoute, facts: PathFacts): Path => {
  const evaluated = hops.flatMap((evaluate) => evaluate(route, facts) ?? []);
  return { ...route, hops: evaluated, status: statusOf(evaluated) };
};

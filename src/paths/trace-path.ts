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
import type { Path, PathFacts, PathRoute } from './model';
import { type Hops, traceHops } from './trace-hops';

/** All hops, in the order of traffic. To add one, add a line here. */
export const hops: Hops = {
  consumer: consumerHop,
  upstream: upstreamHop,
  peering: peeringHop,
  'gateway-mode': gatewayModeHop,
  'local-gateway': localGatewayHop,
  'remote-gateway': remoteGatewayHop,
  'gateway-address': gatewayAddressHop,
  'remote-peering': remotePeeringHop,
  exported: exportedHop,
  intention: intentionHop,
  destination: destinationHop,
  instances: instancesHop,
  protocol: protocolHop,
  tls: tlsHop,
};

/** Evaluates every hop of a path. */
export const tracePath = (route: PathRoute, facts: PathFacts): Path => traceHops(hops, route, facts);

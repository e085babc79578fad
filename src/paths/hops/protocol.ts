import { defineHop, pass, passWithRisk } from '../define-hop';
import type { PathRoute } from '../model';
import { destinationLabel, farName } from '../words';

/** Protocols of HTTP/2 frames, which an application that speaks HTTP/1 cannot use. */
const framed: ReadonlySet<string> = new Set(['http2', 'grpc']);

/** Ways of a call that do not lead through a discovery chain of the consumer's cluster. */
const unchained: ReadonlySet<PathRoute['via']> = new Set(['upstream', 'transparent-proxy']);

/**
 * The protocol of the destination on both sides. Consul takes that of the exporting side. What the importing side sets
 * tells what its applications speak, which is not visible otherwise: HTTP/1 where the other side serves frames of HTTP/2
 * fails. It changes something only for a name whose discovery chain reaches the peer: Envoy then sends frames of HTTP/2 if
 * that name is http2 or grpc, also to a service that is tcp (seen with real traffic on 1.20.1). All other differences work.
 */
export const protocolHop = defineHop({
  name: 'protocol',
  end: 'destination',
  fact: 'protocol',
  check: { consumer: 'peering-two-sided', destination: 'peering-two-sided' },
  evaluate: ({ here, there }, route) => {
    const { cluster } = route.consumer;
    if (framed.has(here) && there === 'tcp' && !unchained.has(route.via)) {
      return passWithRisk(
        there,
        `${cluster} sets ${here} for ${route.called}, so calls are sent as HTTP/2, but ${farName(route)} serves ${destinationLabel(route)} as tcp: calls fail if the application there speaks HTTP/1`,
      );
    }
    if (!framed.has(there) || framed.has(here)) return pass(there);
    const set = here === '' ? `${cluster} sets no protocol for it` : `${cluster} sets ${here} for it`;
    return passWithRisk(
      there,
      `${farName(route)} serves ${there}, but ${set}: calls fail if the application speaks HTTP/1`,
    );
  },
});

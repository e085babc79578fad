import { defineHop, pass, passWithRisk } from '../define-hop';
import { farName } from '../words';

/** Protocols of HTTP/2 frames, which an application that speaks HTTP/1 cannot use. */
const framed: ReadonlySet<string> = new Set(['http2', 'grpc']);

/**
 * The protocol of the destination on both sides. Consul takes that of the exporting side. What the importing side sets
 * changes nothing, but tells what its applications speak, which is not visible otherwise: HTTP/1 where the other side
 * serves frames of HTTP/2 fails (seen with real traffic on 1.20.1). All other differences work.
 */
export const protocolHop = defineHop({
  name: 'protocol',
  end: 'destination',
  fact: 'protocol',
  check: { consumer: 'peering-two-sided', destination: 'peering-two-sided' },
  evaluate: ({ here, there }, route) => {
    if (!framed.has(there) || framed.has(here)) return pass(there);
    const { cluster } = route.consumer;
    const set = here === '' ? `${cluster} sets no protocol for it` : `${cluster} sets ${here} for it`;
    return passWithRisk(
      there,
      `${farName(route)} serves ${there}, but ${set}: calls fail if the application speaks HTTP/1`,
    );
  },
});

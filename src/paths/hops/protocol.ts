import { defineHop, pass } from '../define-hop';
import { farName } from '../words';

/** Protocols of HTTP/2 frames, which an application that speaks HTTP/1 cannot use. */
const framed: ReadonlySet<string> = new Set(['http2', 'grpc']);

/**
 * The protocol of the destination on both sides. A difference does not end a path for certain: the application
 * that decides is not visible.
 */
export const protocolHop = defineHop({
  name: 'protocol',
  end: 'destination',
  fact: 'protocol',
  check: { consumer: 'peering-two-sided', destination: 'peering-two-sided' },
  evaluate: ({ here, there }, route) => {
    const differs = here === '' ? framed.has(there) : here !== there;
    const words = here === '' ? there : `${here} in ${route.consumer.cluster}, ${there} in ${farName(route)}`;
    return differs
      ? pass(
          words,
          `${farName(route)} serves ${there}, and ${route.consumer.cluster} sets ${here || 'no protocol'}`,
        )
      : pass(there);
  },
});

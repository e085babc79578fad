import { defineHop, fail, pass } from '../define-hop';
import { agreedVersion, tlsWords } from '../tls-versions';
import { farName } from '../words';

/**
 * TLS versions that the mesh entries of both sides allow. For http, http2 and grpc the mesh gateway of the destination
 * ends the connection and makes one of its own to the sidecar (seen with real traffic on 1.20.1).
 */
export const tlsHop = defineHop({
  name: 'tls',
  end: 'destination',
  fact: 'tls',
  check: { consumer: 'peering-two-sided', destination: 'peering-two-sided' },
  evaluate: ({ outgoing, incoming, relayed }, route) => {
    const [near, far] = [route.consumer.cluster, farName(route)];
    const accepts = tlsWords(incoming, 'accepts');
    const version = agreedVersion(outgoing, incoming);
    if (version === undefined) {
      return fail(
        `proxies of ${near} call with ${tlsWords(outgoing, 'calls')}, but those of ${far} accept ${accepts}`,
      );
    }
    return relayed && agreedVersion(relayed, incoming) === undefined
      ? fail(
          `mesh gateways of ${far} call with ${tlsWords(relayed, 'calls')}, but sidecars there accept ${accepts}`,
        )
      : pass(version);
  },
});

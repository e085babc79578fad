import { defineHop, fail, pass } from '../define-hop';
import type { PathRoute } from '../model';
import { destinationLabel } from '../words';

const viaWords: Readonly<Record<PathRoute['via'], string>> = {
  upstream: '',
  'transparent-proxy': ', as a transparent proxy',
  redirect: ' by a redirect',
  failover: ' by failover',
  'sameness-group': ' by a sameness group',
  'prepared-query': ' by a prepared query',
};

/** The name that the consumer calls, and the service that its discovery chain resolves to. */
export const upstreamHop = defineHop({
  name: 'upstream',
  end: 'consumer',
  fact: 'upstream',
  check: { consumer: 'upstream-destination-peer', destination: 'upstream-destination-peer' },
  evaluate: ({ known, near, preparedQuery, unserved, unbound }, route) => {
    const { consumer, called, destination, via } = route;
    if (preparedQuery) {
      return fail(
        `${consumer.proxy} → ${called} is a prepared query: prepared queries reach peers only through DNS, so every connection fails`,
        { consumer: 'upstream-prepared-query' },
      );
    }
    if (!known) {
      return fail(
        `${consumer.proxy} → ${called} names the peer ${destination.peer}, but no peering has that name${near ? `; the nearest name is ${near}` : ''}`,
      );
    }
    if (unserved !== '') {
      return fail(
        `Consul gives ${consumer.proxy} no configuration: ${unserved} resolves to a peer over TCP, which it cannot serve`,
      );
    }
    if (unbound !== undefined) return fail(`Consul does not serve ${unbound}`);
    const to = destinationLabel(route) === called ? '' : ` to ${destinationLabel(route)}`;
    return pass(`${consumer.proxy} → ${called}${to}, peer ${destination.peer}${viaWords[via]}`);
  },
});

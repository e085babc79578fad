import { l7Protocols } from '../../consul/l7-protocols';
import { customEnvoyWords } from '../custom-envoy';
import { defineHop, fail, type HopOutcome, pass, passWithRisk, unknownHop } from '../define-hop';
import type { PathFacts, PathRoute } from '../model';
import { shortTimeoutWords } from '../short-timeouts';
import { destinationLabel } from '../words';
import { blockingLimits } from '../zero-limits';

const viaWords: Readonly<Record<PathRoute['via'], string>> = {
  upstream: '',
  'transparent-proxy': ', as a transparent proxy',
  redirect: ' by a redirect',
  failover: ' by failover',
  'sameness-group': ' by a sameness group',
  'prepared-query': ' by a prepared query',
};

type UpstreamFact = Extract<PathFacts['upstream'], { visible: true }>['value'];
type ZeroLimits = NonNullable<UpstreamFact['zeroLimits']>;

/** The protocol that decides a call: that of the service which the upstream names at the peer, else of the name here. */
const protocolOf = (
  called: { readonly protocol: string | undefined },
  { via }: PathRoute,
  { protocol }: PathFacts,
): string | undefined => {
  if (via !== 'upstream' && via !== 'transparent-proxy') return called.protocol;
  return protocol.visible ? protocol.value.there : undefined;
};

/** The outcome where limits of 0 block every call, or may; undefined where calls pass. */
const limitOutcome = (
  zero: ZeroLimits | undefined,
  route: PathRoute,
  facts: PathFacts,
): HopOutcome | undefined => {
  if (!zero) return undefined;
  const { consumer, called } = route;
  const blocking = blockingLimits(zero.names, protocolOf(zero, route, facts));
  const words = `${zero.by} limits calls of ${consumer.proxy} → ${called} to 0`;
  if (blocking === undefined) {
    return {
      ...unknownHop(
        `${words} (${zero.names.join(', ')}), and it is not visible whether its protocol is tcp or http`,
      ),
      check: { consumer: 'upstream-imported' },
    };
  }
  return blocking.length === 0
    ? undefined
    : fail(`${words} (${blocking.join(', ')}), so Envoy refuses every call`, {
        consumer: 'upstream-imported',
      });
};

/** The outcome where configuration that Consul does not compute decides about calls; undefined where none does. */
const customOutcome = (
  custom: UpstreamFact['custom'],
  route: PathRoute,
  facts: PathFacts,
): HopOutcome | undefined => {
  if (!custom) return undefined;
  const protocol = protocolOf(custom, route, facts);
  const isHttp = protocol === undefined || l7Protocols.has(protocol.toLowerCase());
  const parts = [...custom.always, ...(isHttp ? custom.forHttp : [])];
  return parts.length === 0
    ? undefined
    : { ...unknownHop(customEnvoyWords(parts)), check: { consumer: 'upstream-imported' } };
};

/** The name that the consumer calls, and the service that its discovery chain resolves to. */
export const upstreamHop = defineHop({
  name: 'upstream',
  end: 'consumer',
  fact: 'upstream',
  check: { consumer: 'upstream-destination-peer', destination: 'upstream-destination-peer' },
  evaluate: (
    {
      known,
      near,
      preparedQuery,
      unserved,
      unbound,
      zeroLimits,
      custom,
      deadLegs,
      hiddenLegs,
      shortTimeouts = [],
    },
    route,
    facts,
  ) => {
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
    const limited = limitOutcome(zeroLimits, route, facts);
    if (limited) return limited;
    const decided = customOutcome(custom, route, facts);
    if (decided) return decided;
    if (hiddenLegs !== undefined && deadLegs === undefined) {
      return {
        ...unknownHop(
          `only a share of the calls goes to the peer, and it is not visible whether the rest is served: ${hiddenLegs}`,
        ),
        check: { consumer: 'failover-targets' },
      };
    }
    const to = destinationLabel(route) === called ? '' : ` to ${destinationLabel(route)}`;
    const detail = `${consumer.proxy} → ${called}${to}, peer ${destination.peer}${viaWords[via]}`;
    return shortTimeouts.length > 0
      ? {
          ...passWithRisk(detail, shortTimeoutWords(shortTimeouts)),
          check: { consumer: 'upstream-imported' },
        }
      : pass(
          detail,
          deadLegs === undefined
            ? ''
            : `only a share of the calls goes to the peer, and the rest fails: ${deadLegs}`,
        );
  },
});

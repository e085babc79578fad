import { customEnvoyWords } from '../custom-envoy';
import { defineHop, fail, type HopOutcome, pass, passWithRisk, unknownHop } from '../define-hop';
import { isOfferPrevented } from '../offers-nothing';
import { shortTimeoutWords } from '../short-timeouts';
import { destinationLabel, farName } from '../words';
import { l7Protocols } from '../../consul/l7-protocols';
import type { PathFacts, PathRoute } from '../model';

const count = (instances: number): string =>
  `${instances} mesh ${instances === 1 ? 'instance' : 'instances'}`;

/**
 * The outcome where connect-native instances serve a name; undefined where others beside them decide. Over TCP they get the
 * certificate of the caller, of the CA of the peer, which is not among the roots of their own cluster; over HTTP they get that
 * of the mesh gateway before them (seen with real traffic on 1.20.1).
 */
const nativeOutcome = (
  native: 'all' | 'some',
  route: PathRoute,
  { protocol }: PathFacts,
): HopOutcome | undefined => {
  const service = destinationLabel(route);
  const isNative = native === 'all' ? 'is connect-native' : 'has connect-native instances beside others';
  if (!protocol.visible) return unknownHop(`the protocol of ${service}, which ${isNative}, is not visible`);
  if (!l7Protocols.has(protocol.value.there)) {
    return unknownHop(
      `${service} ${isNative} and is ${protocol.value.there}: native instances get certificates of the CA of ${route.consumer.cluster}, and it is not visible whether they accept them`,
    );
  }
  return native === 'all'
    ? pass(
        `${service}, connect-native`,
        `its instances see the certificate of a mesh gateway in place of that of the caller`,
      )
    : undefined;
};

/**
 * Mesh instances of exactly that name: a gateway has no route for a name that is only a router, splitter or resolver
 * (seen with real traffic on 1.20.1).
 */
export const destinationHop = defineHop({
  name: 'destination',
  end: 'destination',
  fact: 'destination',
  check: { consumer: 'upstream-imported', destination: 'exported-services-in-mesh' },
  evaluate: (
    { registered, offered, native, unfitToken = '', custom = [], shortTimeouts = [] },
    route,
    facts,
  ) => {
    const service = destinationLabel(route);
    if (registered === 0) {
      return fail(
        `${service} has no mesh instance in ${farName(route)}: no sidecar, native instance or running terminating gateway has that name`,
      );
    }
    if (custom.length > 0) return unknownHop(customEnvoyWords(custom));
    const decided = native && nativeOutcome(native, route, facts);
    if (decided) return decided;
    if (registered !== undefined && shortTimeouts.length > 0) {
      return passWithRisk(`${service}, ${count(registered)}`, shortTimeoutWords(shortTimeouts));
    }
    if (registered !== undefined) return pass(`${service}, ${count(registered)}`, unfitToken);
    if (offered === undefined) return unknownHop(`the instances of ${service} are not visible`);
    if (offered > 0) return pass(`${service}, ${count(offered)} offered`);
    return isOfferPrevented(facts)
      ? unknownHop(`no instances of ${service} are offered`)
      : fail(
          `${farName(route)} offers no instances of ${service}: it has no sidecar, or there is no mesh gateway`,
        );
  },
});

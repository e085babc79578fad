import { customEnvoyWords } from '../custom-envoy';
import { defineHop, fail, pass, unknownHop } from '../define-hop';
import { isOfferPrevented } from '../offers-nothing';
import { destinationLabel, farName } from '../words';

const count = (instances: number): string =>
  `${instances} mesh ${instances === 1 ? 'instance' : 'instances'}`;

/**
 * Mesh instances of exactly that name: a gateway has no route for a name that is only a router, splitter or resolver
 * (seen with real traffic on 1.20.1).
 */
export const destinationHop = defineHop({
  name: 'destination',
  end: 'destination',
  fact: 'destination',
  check: { consumer: 'upstream-imported', destination: 'exported-services-in-mesh' },
  evaluate: ({ registered, offered, unfitToken = '', custom = [] }, route, facts) => {
    const service = destinationLabel(route);
    if (registered === 0) {
      return fail(
        `${service} has no mesh instance in ${farName(route)}: no sidecar, native instance or running terminating gateway has that name`,
      );
    }
    if (custom.length > 0) return unknownHop(customEnvoyWords(custom));
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

import { defineHop, fail, pass, unknown } from '../define-hop';
import type { PathFacts } from '../model';
import { destinationLabel, failingWords, farName, passingWords } from '../words';

const hasHealthyGateway = ({ remoteGateway }: PathFacts): boolean =>
  remoteGateway.visible && remoteGateway.value.healthy > 0;

/** Instances of the destination that pass their health checks. */
export const instancesHop = defineHop({
  name: 'instances',
  end: 'destination',
  fact: 'instances',
  check: { consumer: 'upstream-imported', destination: 'exported-services-in-mesh' },
  evaluate: ({ registered, offered }, route, facts) => {
    const service = destinationLabel(route);
    if (registered && registered.total > 0 && registered.healthy === 0) {
      return fail(`${service}: ${failingWords(registered)}`);
    }
    if (offered && offered.total > 0 && offered.healthy === 0) {
      return fail(`${service}: ${failingWords(offered)}`);
    }
    if (offered && offered.total > 0) return pass(passingWords(offered));
    if (registered && registered.healthy > 0) {
      // Without a gateway nothing is offered: that hop fails then.
      return offered?.total === 0 && hasHealthyGateway(facts)
        ? fail(
            `${service} passes in ${farName(route)}, and ${route.consumer.cluster} is offered no instance of it`,
          )
        : pass(passingWords(registered));
    }
    return unknown(`there are no instances of ${service} to check`);
  },
});

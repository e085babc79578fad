import { defineHop, fail, pass } from '../define-hop';
import { failingInstances, farName, passingWords } from '../words';

/** The mesh gateways of the destination's cluster: all calls of peers enter through one. */
export const remoteGatewayHop = defineHop({
  name: 'remote-gateway',
  end: 'destination',
  fact: 'remoteGateway',
  check: { consumer: 'upstream-imported', destination: 'mesh-gateway-healthy' },
  evaluate: (instances, route) => {
    if (instances.total === 0) {
      return fail(`${farName(route)} has no mesh gateway`, { destination: 'mesh-gateway-registered' });
    }
    return instances.healthy === 0
      ? fail(`mesh gateways of ${farName(route)}: ${failingInstances(instances)}`)
      : pass(
          passingWords(instances),
          instances.inMaintenance
            ? `${instances.inMaintenance} in maintenance, which does not stop calls of peers`
            : '',
        );
  },
});

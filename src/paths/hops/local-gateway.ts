import { defineHop, fail, pass, unknownHop } from '../define-hop';
import { failingInstances, passingWords } from '../words';

/** The mesh gateway of the consumer's cluster, which calls pass only in local mode. */
export const localGatewayHop = defineHop({
  name: 'local-gateway',
  end: 'consumer',
  fact: 'localGateway',
  check: { consumer: 'mesh-gateway-healthy', destination: 'mesh-gateway-healthy' },
  // If the mode is not visible, the call may take this hop, so the hop is evaluated.
  applies: ({ mode }) => !mode.visible || mode.value.mode === 'local',
  evaluate: (instances, { consumer }, { mode }) => {
    if (instances.healthy === 0 && !mode.visible) {
      return unknownHop(`${consumer.cluster} has no healthy mesh gateway, and the mode is not visible`);
    }
    if (instances.total === 0) {
      return fail(`${consumer.cluster} has no mesh gateway, which local mode needs`, {
        consumer: 'mesh-gateway-local-registered',
      });
    }
    return instances.healthy === 0
      ? fail(`mesh gateways of ${consumer.cluster}: ${failingInstances(instances)}`)
      : pass(passingWords(instances));
  },
});

import { defineHop, fail, pass, unknownHop } from '../define-hop';
import { destinationLabel, farName } from '../words';

/** The destination is exported to the consumer's cluster. The stream decides where it is visible: it is what sidecars get. */
export const exportedHop = defineHop({
  name: 'exported',
  end: 'destination',
  fact: 'exported',
  check: { consumer: 'upstream-imported', destination: 'exported-services-defined' },
  evaluate: ({ listed, declared, near }, route) => {
    const [service, far] = [destinationLabel(route), farName(route)];
    if (listed ?? declared) return pass(`${service} to ${route.consumerPeer || route.consumer.cluster}`);
    if (listed === undefined && declared === undefined) return unknownHop('the exports are not visible');
    if (declared) {
      return fail(
        `${far} exports ${service} to ${route.consumerPeer}, but ${route.consumer.cluster} has not received it`,
      );
    }
    return fail(
      `${far} does not export ${service} to ${route.consumerPeer || route.consumer.cluster}${near ? `; it exports ${near}` : ''}`,
    );
  },
});

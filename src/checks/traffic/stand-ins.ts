import { rowsOf } from '../../snapshot/section';
import type { Section } from '../../snapshot/snapshot';
import type { Inputs } from '../inputs';
import { serviceKey } from '../names';
import type { ClusterIntentions } from '../views/intention-rules';

const l7: ReadonlySet<string> = new Set(['http', 'http2', 'grpc']);

/**
 * Tells whether the failover of an exported service may stand in for instances that are down. For peers it does so only
 * where the protocol is http, http2 or grpc (seen with real traffic on 1.20.1).
 */
export const failoverStandsIn = (
  resolvers: Section<Inputs['serviceResolvers']>,
  rules: Section<ClusterIntentions>,
): ((service: string, namespace: string) => boolean) => {
  const names = new Set(
    rowsOf(resolvers)
      .filter(({ entry }) => Object.keys(entry.Failover).length > 0)
      .map(({ entry }) => serviceKey(entry.Name, entry.Namespace)),
  );
  return (service, namespace) =>
    names.has(serviceKey(service, namespace)) &&
    (rules.visibility === 'hidden' ||
      l7.has(rules.value.rulesFor(service, namespace).protocol.toLowerCase()));
};

import type { IntentionRules } from '../../paths/intentions';
import type { Entry } from '../../snapshot/snapshot';
import { rowsOf } from '../../snapshot/section';
import type { ServiceIntentions } from '../../consul/wire';
import { orDefault, serviceKey } from '../names';
import { defineView } from '../view';

/** Everything in a cluster that decides who may call its services. */
export interface ClusterIntentions {
  readonly entries: readonly Entry<ServiceIntentions>[];
  readonly rulesFor: (service: string, namespace: string) => IntentionRules;
}

const policyOf = (text: string | undefined): 'allow' | 'deny' | undefined =>
  text === 'allow' || text === 'deny' ? text : undefined;

/**
 * The intentions of a cluster, its default policy, and the protocols of its services. The default is the default
 * intention policy (1.17), else the ACL default policy; without ACLs everything is allowed.
 */
export const intentionRulesView = defineView({
  name: 'intentionRules',
  description:
    'who may call which service: `/v1/config/service-intentions`, the default policy in `/v1/agent/self`, protocols in `service-defaults` and `proxy-defaults`',
  needs: ['intentions'],
  optional: ['agent', 'acl', 'serviceDefaults', 'proxyDefaults'],
  compute: ({ intentions, agent, acl, serviceDefaults, proxyDefaults }): ClusterIntentions => {
    const debug = agent.visibility === 'hidden' ? undefined : agent.value.DebugConfig;
    const aclState = acl.visibility === 'hidden' ? undefined : acl.value;
    const defaultPolicy =
      policyOf(debug?.DefaultIntentionPolicy) ??
      (aclState?.enabled === false
        ? 'allow'
        : (policyOf(debug?.ACLResolverSettings?.ACLDefaultPolicy) ??
          policyOf(aclState?.own?.AgentACLDefaultPolicy)));
    const protocols = new Map(
      rowsOf(serviceDefaults).map(({ entry }) => [serviceKey(entry.Name, entry.Namespace), entry.Protocol]),
    );
    const global = rowsOf(proxyDefaults).find(({ entry }) => orDefault(entry.Partition) === 'default');
    const fallback = global?.entry.Config['protocol'];
    return {
      entries: intentions,
      rulesFor: (service, namespace) => ({
        entries: intentions,
        defaultPolicy,
        protocol:
          protocols.get(serviceKey(service, namespace)) || (typeof fallback === 'string' ? fallback : 'tcp'),
      }),
    };
  },
});

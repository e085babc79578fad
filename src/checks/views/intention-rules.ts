import type { IntentionRules } from '../../paths/intentions';
import type { Entry } from '../../snapshot/snapshot';
import type { ServiceIntentions } from '../../consul/wire';
import { protocolsOf } from '../traffic/protocols';
import { membersOf } from '../traffic/sameness-groups';
import { defineView } from '../view';

/** Everything in a cluster that decides who may call its services. */
export interface ClusterIntentions {
  readonly entries: readonly Entry<ServiceIntentions>[];
  readonly rulesFor: (service: string, namespace: string) => IntentionRules;
}

const policyOf = (text: string | undefined): 'allow' | 'deny' | undefined =>
  text === 'allow' || text === 'deny' ? text : undefined;

/** Versions before `default_intention_policy` (1.17), in which the ACL default policy decides. */
const knowsAclPolicyAlone = (version: string): boolean => /^v?1\.(?:\d|1[0-6])(?:\.|$|[-+])/u.test(version);

/**
 * The intentions of a cluster, its default policy, and the protocols of its services and the members of its sameness groups. The default is the default
 * intention policy (1.17), else the ACL default policy; without ACLs everything is allowed.
 */
export const intentionRulesView = defineView({
  name: 'intentionRules',
  description:
    'who may call which service: `/v1/config/service-intentions`, the default policy in `/v1/agent/self`, protocols in `service-defaults` and `proxy-defaults`',
  needs: ['intentions', 'cluster'],
  optional: ['agent', 'acl', 'serviceDefaults', 'proxyDefaults', 'samenessGroups'],
  compute: ({
    intentions,
    cluster,
    agent,
    acl,
    serviceDefaults,
    proxyDefaults,
    samenessGroups,
  }): ClusterIntentions => {
    const debug = agent.visibility === 'hidden' ? undefined : agent.value.DebugConfig;
    const aclState = acl.visibility === 'hidden' ? undefined : acl.value;
    const aclPolicy =
      aclState?.enabled === false
        ? 'allow'
        : (policyOf(debug?.ACLResolverSettings?.ACLDefaultPolicy) ??
          policyOf(aclState?.own?.AgentACLDefaultPolicy));
    // Unless the agent shows that none is set, a policy for intentions could decide otherwise than ACLs do.
    const defaultPolicy =
      policyOf(debug?.DefaultIntentionPolicy) ??
      (debug || knowsAclPolicyAlone(cluster.consulVersion) ? aclPolicy : undefined);
    const protocolIn = protocolsOf({ serviceDefaults, proxyDefaults });
    const peersOf: IntentionRules['membersOf'] = (group, partition) =>
      samenessGroups.visibility === 'visible'
        ? membersOf(samenessGroups.value, group, partition)?.map(({ Peer }) => Peer)
        : undefined;
    return {
      entries: intentions,
      rulesFor: (service, namespace) => {
        const protocol = protocolIn(service, namespace);
        return {
          entries: intentions,
          defaultPolicy,
          protocol: protocol.visible ? protocol.value || 'tcp' : undefined,
          membersOf: peersOf,
        };
      },
    };
  },
});

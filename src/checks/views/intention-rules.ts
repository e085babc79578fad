import { l7Protocols } from '../../consul/l7-protocols';
import type { IntentionRules, UnmatchedPeers } from '../../paths/intentions';
import { rowsOf } from '../../snapshot/section';
import type { Entry, Section, Sections } from '../../snapshot/snapshot';
import type { Mesh, ServiceDefaults, ServiceIntentions } from '../../consul/wire';
import { isAffected, isVersion, type VersionRange } from '../consul/version-ranges';
import { serviceKey } from '../names';
import { protocolsOf } from '../traffic/protocols';
import { membersOf } from '../traffic/sameness-groups';
import { defineView } from '../view';

/** Everything in a cluster that decides who may call its services. */
export interface ClusterIntentions {
  readonly entries: readonly Entry<ServiceIntentions>[];
  readonly rulesFor: (service: string, namespace: string) => IntentionRules;
  /** The entries that decide whether proxies match intentions about peers. */
  readonly mesh: Entry<Mesh> | undefined;
  readonly defaultsOf: (service: string, namespace: string) => Entry<ServiceDefaults> | undefined;
  /** The protocol that the sidecars of an exported service are registered with; undefined where they set none. */
  readonly registeredProtocolOf: (service: string, namespace: string) => string | undefined;
}

/** Versions whose sidecars that speak grpc drop the header in which they would read a caller of a peer. */
const dropsHeaderOfGrpc: readonly VersionRange[] = [['1.15.0']];

interface UnmatchedSections {
  readonly exportedHealth: Section<Sections['exportedHealth']>;
  readonly mesh: Section<Sections['mesh']>;
  readonly terminatingGateways: Section<Sections['terminatingGateways']>;
  readonly wildcardLinks: Section<Sections['wildcardLinks']>;
}

/** Tells, by service and protocol, why its proxies match no intention about a peer. */
const unmatchedIn = (
  { mesh, terminatingGateways, wildcardLinks }: Omit<UnmatchedSections, 'exportedHealth'>,
  version: string,
): ((key: string, protocol: string | undefined) => UnmatchedPeers | 'not visible' | undefined) => {
  const isSanitized = rowsOf(mesh).some(({ entry }) => entry.HTTP?.SanitizeXForwardedClientCert === true);
  const ofMesh = isSanitized ? 'sanitized' : mesh.visibility === 'visible' ? undefined : 'not visible';
  // Terminating gateways keep the header, whatever the protocol.
  const behindGateway = new Set([
    ...rowsOf(wildcardLinks).flatMap(({ services }) =>
      services.map(({ name, namespace }) => serviceKey(name, namespace)),
    ),
    ...rowsOf(terminatingGateways).flatMap(({ entry }) =>
      entry.Services.map(({ Name, Namespace }) => serviceKey(Name, Namespace || entry.Namespace)),
    ),
  ]);
  const isGatewayKnown =
    terminatingGateways.visibility === 'visible' &&
    (wildcardLinks.visibility === 'visible' || !behindGateway.has(serviceKey('*')));
  const ofGrpc = (key: string): UnmatchedPeers | 'not visible' | undefined => {
    if (isVersion(version) && !isAffected(version, dropsHeaderOfGrpc)) return undefined;
    return isVersion(version) && isGatewayKnown && !behindGateway.has(key) ? 'grpc' : 'not visible';
  };
  return (key, protocol) => {
    if (protocol === undefined) return (ofMesh ?? ofGrpc(key)) && 'not visible';
    const spoken = protocol.toLowerCase();
    if (!l7Protocols.has(spoken)) return undefined;
    return isSanitized || spoken !== 'grpc' ? ofMesh : (ofGrpc(key) ?? ofMesh);
  };
};

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
    'who may call which service: `/v1/config/service-intentions`, the default policy in `/v1/agent/self`, protocols in `service-defaults` and `proxy-defaults`, headers in the `mesh` entry, protocols of sidecars in `/v1/health/connect/:name`',
  needs: ['intentions', 'cluster'],
  optional: [
    'agent',
    'acl',
    'serviceDefaults',
    'proxyDefaults',
    'samenessGroups',
    'mesh',
    'terminatingGateways',
    'wildcardLinks',
    'exportedHealth',
  ],
  compute: ({
    intentions,
    cluster,
    agent,
    acl,
    serviceDefaults,
    proxyDefaults,
    samenessGroups,
    ...sections
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
    const unmatched = unmatchedIn(sections, cluster.consulVersion);
    const healthBy = new Map(
      rowsOf(sections.exportedHealth).map((row) => [serviceKey(row.name, row.namespace), row]),
    );
    const unmatchedBy = (
      key: string,
      protocol: string | undefined,
    ): Pick<IntentionRules, 'unmatched' | 'unmatchedBySome'> => {
      if (protocol === undefined) return { unmatched: unmatched(key, protocol) };
      const registered = healthBy.get(key)?.protocols ?? [];
      // A sidecar that sets none goes by central configuration.
      const protocols = registered.map((one) => one || protocol);
      // Sidecars go by the protocol that they are registered with (`agent/xds/listeners.go`), and look for callers of peers in
      // another place than mesh gateways name them if that is not of the same kind.
      const reasons = (protocols.length > 0 ? protocols : [protocol]).map((one) =>
        l7Protocols.has(one.toLowerCase()) === l7Protocols.has(protocol.toLowerCase())
          ? unmatched(key, one)
          : 'registered',
      );
      if (reasons.includes('not visible')) return { unmatched: 'not visible' };
      const found = reasons.find((one) => one !== undefined && one !== 'not visible');
      return reasons.includes(undefined) ? { unmatchedBySome: found } : { unmatched: found };
    };
    const defaults = new Map(
      rowsOf(serviceDefaults).map((entry) => [serviceKey(entry.entry.Name, entry.entry.Namespace), entry]),
    );
    const peersOf: IntentionRules['membersOf'] = (group, partition) =>
      samenessGroups.visibility === 'visible'
        ? membersOf(samenessGroups.value, group, partition)?.map(({ Peer }) => Peer)
        : undefined;
    return {
      entries: intentions,
      rulesFor: (service, namespace) => {
        const found = protocolIn(service, namespace);
        const protocol = found.visible ? found.value || 'tcp' : undefined;
        return {
          entries: intentions,
          defaultPolicy,
          protocol,
          ...unmatchedBy(serviceKey(service, namespace), protocol),
          membersOf: peersOf,
        };
      },
      mesh: rowsOf(sections.mesh)[0],
      defaultsOf: (service, namespace) => defaults.get(serviceKey(service, namespace)),
      registeredProtocolOf: (service, namespace) => {
        const set = (healthBy.get(serviceKey(service, namespace))?.protocols ?? []).filter(Boolean);
        const [first] = set;
        // If one speaks HTTP and another does not, neither suits all sidecars.
        return first !== undefined && set.every((one) => l7Protocols.has(one) === l7Protocols.has(first))
          ? first
          : undefined;
      },
    };
  },
});

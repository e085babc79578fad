import { l7Protocols } from '../../consul/l7-protocols';
import type { DiscoveryChain, ServiceDefaults } from '../../consul/wire';
import { mapSection, rowsOf } from '../../snapshot/section';
import type { CompiledChain, Section, Snapshot } from '../../snapshot/snapshot';
import type { UpstreamTarget } from '../model';
import { orDefault, serviceKey } from '../names';
import { entriesByService, resolveChain } from '../traffic/discovery-chain';
import type { ChainEntries } from '../traffic/entries-in-chain';
import { omitUndefined } from '../../omit-undefined';

type Chain = DiscoveryChain['Chain'];

const chainEntries = ({ cluster, sections }: Snapshot): ChainEntries => ({
  datacenter: cluster.datacenter,
  partition: cluster.partition,
  routers: entriesByService(rowsOf(sections.serviceRouters), cluster.partition),
  splitters: entriesByService(rowsOf(sections.serviceSplitters), cluster.partition),
  resolvers: entriesByService(rowsOf(sections.serviceResolvers), cluster.partition),
  groups: rowsOf(sections.samenessGroups),
});

/** True if a chain has one of these services as a node. */
const isTouched = ({ chain, service }: CompiledChain, changed: ReadonlySet<string>): boolean =>
  changed.has(service.toLowerCase()) ||
  Object.keys(chain.Nodes).some((node) => {
    const [name = ''] = node.slice(node.indexOf(':') + 1).split('.');
    return changed.has(name.toLowerCase());
  });

const protocolOf = (service: string, given: string, { sections, cluster }: Snapshot): string => {
  if (given !== '') return given;
  const own = rowsOf(sections.serviceDefaults).find(
    ({ entry }: { readonly entry: ServiceDefaults }) =>
      entry.Name.toLowerCase() === service.toLowerCase() && orDefault(entry.Partition) === cluster.partition,
  );
  const shared = rowsOf(sections.proxyDefaults)[0]?.entry.Config['protocol'];
  return own?.entry.Protocol || (typeof shared === 'string' ? shared : '') || 'tcp';
};

/** Writes targets as a chain of one splitter, with the failover of the first main target. */
const chainOf = (
  service: string,
  targets: readonly UpstreamTarget[],
  protocol: string,
  datacenter: string,
): Chain => {
  const idOf = ({ service, namespace, peer, datacenter: far }: UpstreamTarget): string =>
    `${service}.${namespace}.default.${peer === '' ? far || datacenter : `external.${peer}`}`;
  const main = targets.filter(({ via }) => via !== 'failover');
  const failover = targets.filter(({ via }) => via === 'failover').map(idOf);
  const nodes: Chain['Nodes'] = Object.fromEntries(
    main.map((target, index) => [
      `resolver:${idOf(target)}`,
      {
        Type: 'resolver',
        Name: idOf(target),
        Routes: [],
        Splits: [],
        Resolver: {
          Target: idOf(target),
          Failover: index === 0 && failover.length > 0 ? { Targets: failover } : null,
        },
      },
    ]),
  );
  const start = `splitter:${service}.default.default`;
  const names = Object.keys(nodes);
  const splits = names.map((NextNode) => ({ NextNode, Weight: 100 / names.length }));
  return {
    ServiceName: service,
    Datacenter: datacenter,
    Protocol: protocol,
    Default: false,
    StartNode: names.length === 1 ? (names[0] ?? start) : start,
    Nodes:
      names.length === 1
        ? nodes
        : {
            ...nodes,
            [start]: { Type: 'splitter', Name: start, Routes: [], Splits: splits, Resolver: null },
          },
    Targets: Object.fromEntries(
      targets.map((target) => [
        idOf(target),
        {
          ID: idOf(target),
          Service: target.service,
          ServiceSubset: '',
          Namespace: target.namespace,
          Datacenter: target.peer === '' ? target.datacenter || datacenter : '',
          Peer: target.peer,
          MeshGateway: null,
        },
      ]),
    ),
  };
};

/** A name as an upstream calls it. */
type CalledChain = Pick<CompiledChain, 'service' | 'protocol' | 'datacenter'>;

/** Compiles the chains of names again that changed entries touch. The others stay as Consul compiled them. */
export const recompileChains = (
  section: Section<readonly CompiledChain[]>,
  after: Snapshot,
  changed: ReadonlySet<string>,
  called: readonly CalledChain[],
): Section<readonly CompiledChain[]> => {
  const entries = chainEntries(after);
  const compile = ({ service, protocol, datacenter = '' }: CalledChain): CompiledChain => {
    const used = protocolOf(service, protocol, after);
    // Routers and splitters apply to HTTP alone.
    const effective = l7Protocols.has(used)
      ? entries
      : { ...entries, routers: new Map(), splitters: new Map() };
    const targets = resolveChain(effective, { service, namespace: 'default', datacenter, protocol });
    return {
      endpoint: `/v1/discovery-chain/${service}`,
      service,
      protocol,
      ...omitUndefined({ datacenter: datacenter === '' ? undefined : datacenter }),
      chain: chainOf(service, targets, used, after.cluster.datacenter),
    };
  };
  return mapSection(section, (chains) => {
    const keep = chains.filter((chain) => !isTouched(chain, changed));
    const affected = [
      ...chains.filter((chain) => isTouched(chain, changed)),
      ...called.filter(({ service }) => changed.has(service.toLowerCase())),
    ];
    const unique = new Map(
      affected.map((one) => [JSON.stringify([one.service, one.protocol, one.datacenter ?? '']), one]),
    );
    const isRewritten = (service: string): boolean =>
      [entries.routers, entries.splitters, entries.resolvers].some((map) => map.has(serviceKey(service)));
    return [...keep, ...[...unique.values()].filter(({ service }) => isRewritten(service)).map(compile)];
  });
};

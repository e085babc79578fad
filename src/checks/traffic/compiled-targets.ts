import { type ChainTarget, listChainTargets } from '../../consul/chain-targets';
import { protocolOfUpstream } from '../../consul/upstream-protocol';
import type { Upstream } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import type { SourceLocation, CompiledChain } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import type { SplitterName, UpstreamTarget } from '../model';
import { orDefault } from '../names';
import { omitUndefined } from '../../omit-undefined';

/** A config entry of a discovery chain, as far as evidence of it goes. */
export interface ChainEntry {
  readonly entry: { readonly Kind: string; readonly Name: string };
  readonly at: SourceLocation;
}

/** Indexes compiled chains by the service, protocol and datacenter of an upstream. */
export const chainsByUpstream = (
  chains: readonly CompiledChain[],
): ((upstream: Upstream) => CompiledChain | undefined) => {
  const key = (service: string, protocol: string, datacenter: string): string =>
    JSON.stringify([service, protocol, datacenter]);
  const byKey = new Map(
    chains.map((chain) => [key(chain.service, chain.protocol, chain.datacenter ?? ''), chain]),
  );
  return (upstream) =>
    byKey.get(key(upstream.DestinationName, protocolOfUpstream(upstream), upstream.Datacenter));
};

/** The entries on the way, found by the names of the nodes: `resolver:web.default.default.dc1` is of `web`. */
const entriesOn = (
  nodes: readonly string[],
  called: string,
  entries: readonly ChainEntry[],
): readonly Evidence[] => {
  const names = nodes.map((node) => node.slice(node.indexOf(':') + 1).toLowerCase());
  return entries
    .filter(({ entry }) => {
      const name = entry.Name.toLowerCase();
      return name === called.toLowerCase() || names.some((node) => node.startsWith(`${name}.`));
    })
    .map(({ entry, at }) => evidence(at, '', { Kind: entry.Kind, Name: entry.Name }));
};

/** The splitter that a node is named after: `splitter:web.default.default` is `web` with its namespace and partition. */
const splitterIn = (node: string): readonly SplitterName[] => {
  const { name, namespace, partition } =
    /^splitter:(?<name>.+)\.(?<namespace>[^.]+)\.(?<partition>[^.]+)$/u.exec(node)?.groups ?? {};
  return name && namespace && partition ? [{ name, namespace, partition }] : [];
};

/**
 * The targets of an upstream by the chain that Consul compiled for it.
 *
 * @param peerNamed the name of a peering as it is spelled: chains name peers as upstreams and resolvers do
 */
export const compiledTargets = (
  { chain, service, endpoint }: CompiledChain,
  entries: readonly ChainEntry[],
  datacenter: string,
  peerNamed: (name: string) => string,
): readonly UpstreamTarget[] => {
  const targets = listChainTargets(chain);
  const failingOver = new Set(
    targets.filter(({ use }) => use === 'failover').map(({ nodes }) => nodes.at(-1)),
  );
  // Services of another partition are not known here.
  const isHere = ({ id, peer }: ChainTarget): boolean =>
    peer !== '' || orDefault(chain.Targets[id]?.Partition) === orDefault(chain.Partition);
  return targets.map((target): UpstreamTarget => {
    const isMain = target.use === 'main';
    const isItself = target.peer === '' && target.service.toLowerCase() === service.toLowerCase() && isMain;
    return {
      peer: target.peer === '' ? '' : peerNamed(target.peer),
      datacenter: target.datacenter === datacenter ? '' : target.datacenter,
      service: target.service,
      namespace: target.namespace,
      via: isItself ? 'upstream' : target.use === 'failover' ? 'failover' : 'redirect',
      trail: [
        ...entriesOn(target.nodes, service, entries),
        evidence({ endpoint, path: '' }, `Chain.Targets[${JSON.stringify(target.id)}]`, {
          Service: target.service,
          ...omitUndefined({ Peer: target.peer === '' ? undefined : target.peer }),
        }),
      ],
      ...omitUndefined({
        splitter: isMain && isHere(target) ? target.nodes.flatMap(splitterIn)[0] : undefined,
        hasStandIn: isMain && failingOver.has(target.nodes.at(-1)) ? true : undefined,
      }),
    };
  });
};

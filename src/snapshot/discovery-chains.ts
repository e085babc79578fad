import { protocolOfUpstream } from '../consul/upstream-protocol';
import type { Gathering } from './gathering';
import { findNamesResolvingToPeers } from './find-names-resolving-to-peers';
import { findRewrittenNames } from './rewritten-names';
import { mapSection, combineSections, hidden, rowsOf, sectionOf } from './section';
import type { CompiledChain, HiddenReason, Section } from './snapshot';
import { mapConcurrently, memoizeByKey, uniqueByKey } from './concurrency';
import { omitUndefined } from '../omit-undefined';

/** Maximum of chains that are read before it is known which of them a sidecar calls. This saves a round of reads. */
const maxAhead = 32;

interface ChainRequest {
  /** As the upstream spells it: Consul finds entries in any case, but compares what they name with case. */
  readonly service: string;
  readonly protocol: string;
  /** As the upstream names it; empty for that of the cluster. */
  readonly datacenter: string;
}

const keyOf = ({ service, protocol, datacenter }: ChainRequest): string =>
  JSON.stringify([service, protocol, datacenter]);

/** The request of a gateway, which sets nothing itself. */
const plain = (name: string): ChainRequest => ({
  service: name,
  protocol: '',
  datacenter: '',
});

/** The services that routes of API gateways and listeners of ingress gateways name. */
const routedNames = async ({ sections }: Gathering): Promise<readonly string[]> => {
  const [http, tcp, ingress] = await Promise.all([
    sections.httpRoutes(),
    sections.tcpRoutes(),
    sections.ingressGateways(),
  ]);
  const services = [
    ...rowsOf(http).flatMap(({ entry }) => entry.Rules.flatMap(({ Services }) => Services)),
    ...rowsOf(tcp).flatMap(({ entry }) => entry.Services),
    ...rowsOf(ingress).flatMap(({ entry }) => entry.Listeners.flatMap(({ Services }) => Services)),
  ];
  return services.map(({ Name }) => Name);
};

const readChain = async (
  { reads }: Pick<Gathering, 'reads'>,
  { service, protocol, datacenter }: ChainRequest,
): Promise<Section<CompiledChain>> => {
  const answer = await reads.ask((client, call) =>
    client.discoveryChain(service, { protocol, datacenter }, call),
  );
  const endpoint = answer.ok ? answer.meta.endpoint : '';
  return mapSection(sectionOf(answer, ['service']), ({ Chain }) => ({
    endpoint,
    service,
    protocol,
    ...omitUndefined({ datacenter: datacenter === '' ? undefined : datacenter }),
    chain: Chain,
  }));
};

/**
 * Maximum of chains that are read because of a wildcard alone. Each takes a request, and those of the health of its targets.
 * Nearly none of them is called by a peer.
 */
const maxWildcardChains = 256;

const tooManyChains = (count: number): HiddenReason => ({
  kind: 'too-large',
  endpoint: '/v1/discovery-chain',
  message: `Only ${maxWildcardChains} of ${count} discovery chains of names that a wildcard exports were read`,
});

/**
 * Reads the discovery chains of names that are exported, by a wildcard too, and that routers, splitters or resolvers rewrite: a mesh
 * gateway sends calls of peers on by them. Of a wildcard's names at most `maxWildcardChains` are read; the section is partial if there are more.
 */
export const readExportedChains = async (
  gathering: Gathering,
): Promise<Section<readonly CompiledChain[]>> => {
  const { sections } = gathering;
  const [exported, serviceResolvers, serviceRouters, serviceSplitters] = await Promise.all([
    sections.exportedServices(),
    sections.serviceResolvers(),
    sections.serviceRouters(),
    sections.serviceSplitters(),
  ]);
  const rewritten = [...findRewrittenNames({ serviceResolvers, serviceRouters, serviceSplitters })];
  const exportedNames = new Set(
    rowsOf(exported).flatMap(({ entry }) => entry.Services.map(({ Name }) => Name.toLowerCase())),
  );
  const byName = rewritten.filter((name) => exportedNames.has(name));
  const byWildcard = exportedNames.has('*')
    ? rewritten.filter((name) => !exportedNames.has(name)).sort()
    : [];
  const names = [...byName, ...byWildcard.slice(0, maxWildcardChains)];
  const chains = await mapConcurrently(names, (service) => readChain(gathering, plain(service)));
  return combineSections(
    chains.flatMap((chain) => (chain.visibility === 'hidden' ? [] : [chain.value])),
    [
      exported,
      serviceResolvers,
      serviceRouters,
      serviceSplitters,
      ...chains,
      ...(byWildcard.length > maxWildcardChains ? [hidden(tooManyChains(byWildcard.length))] : []),
    ],
  );
};

/**
 * Reads the discovery chains of names that routers, splitters or resolvers rewrite and that upstreams or gateways call
 * without a peer. Other names need no chain.
 */
export const readDiscoveryChains = async (
  gathering: Gathering,
): Promise<Section<readonly CompiledChain[]>> => {
  const { sections } = gathering;
  const [resolvers, routers, splitters, routed] = await Promise.all([
    sections.serviceResolvers(),
    sections.serviceRouters(),
    sections.serviceSplitters(),
    routedNames(gathering),
  ]);
  const entries = {
    resolvers: rowsOf(resolvers).map(({ entry }) => entry),
    routers: rowsOf(routers).map(({ entry }) => entry),
    splitters: rowsOf(splitters).map(({ entry }) => entry),
  };
  const touched = new Set(
    [...entries.resolvers, ...entries.routers, ...entries.splitters].map(({ Name }) => Name.toLowerCase()),
  );
  const read = memoizeByKey((request: ChainRequest) => readChain(gathering, request), keyOf);
  for (const name of findNamesResolvingToPeers(entries).slice(0, maxAhead)) {
    void read(plain(name));
  }

  const sidecars = touched.size === 0 ? undefined : await sections.sidecars();
  const called = sidecars === undefined ? [] : rowsOf(sidecars).flatMap(({ proxy }) => proxy.Upstreams);
  const requests = called
    .filter(
      ({ DestinationName, DestinationPeer, DestinationType }) =>
        DestinationPeer === '' &&
        DestinationType !== 'prepared_query' &&
        touched.has(DestinationName.toLowerCase()),
    )
    .map((upstream) => ({
      service: upstream.DestinationName,
      protocol: protocolOfUpstream(upstream),
      datacenter: upstream.Datacenter,
    }));
  const ofGateways = routed.map(plain).filter(({ service }) => touched.has(service.toLowerCase()));
  const chains = await mapConcurrently(uniqueByKey([...requests, ...ofGateways], keyOf), read);
  return combineSections(
    chains.flatMap((chain) => (chain.visibility === 'hidden' ? [] : [chain.value])),
    [resolvers, routers, splitters, ...(sidecars ? [sidecars] : []), ...chains],
  );
};

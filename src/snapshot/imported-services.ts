import { listChainTargets } from '../consul/chain-targets';
import { l7Protocols } from '../consul/l7-protocols';
import type { ImportedHealth } from '../consul/wire';
import { formatAddress } from './format-address';
import type { Gathering } from './gathering';
import { criticalCheckNames, isCritical } from './health';
import { mapSection, combineSections, rowsOf, sectionOf } from './section';
import type { ImportedService, Section } from './snapshot';
import { mapConcurrently, memoizeByKey, uniqueByKey } from './concurrency';
import { omitUndefined } from '../omit-undefined';

/** Maximum of services that are read before it is known which of them are called. This saves a round of reads. */
const maxAhead = 32;

interface ServiceAtPeer {
  readonly peer: string;
  readonly service: string;
  readonly namespace: string;
}

const keyOf = ({ peer, service, namespace }: ServiceAtPeer): string =>
  JSON.stringify([peer, service, namespace]);

/** Returns the address that a sidecar dials: the peer's mesh gateway, or the instance if the peer returns that. */
const addressOf = ({ Node, Service }: ImportedHealth): string => {
  const wan = Service.TaggedAddresses['wan'];
  const host = wan?.Address || Service.Address || Node.Address;
  const port = wan?.Address ? wan.Port : Service.Port;
  return formatAddress(host, port);
};

/** Returns the name of an exported service as gateways know it (SNI). The peer chose it: one of another shape is dropped. */
const serverNameOf = ({ Service }: ImportedHealth): string | undefined =>
  Service.Connect?.PeerMeta?.SNI.find((name) =>
    /^(?=.{1,253}$)[\w-]+(?:\.[\w-]+){3}\.external\.[a-z0-9.-]+$/iu.test(name),
  );

/** Returns the protocol of an exported service, where it is one that Consul knows. */
const protocolOf = ({ Service }: ImportedHealth): string | undefined => {
  const protocol = Service.Connect?.PeerMeta?.Protocol.toLowerCase() ?? '';
  return protocol === 'tcp' || l7Protocols.has(protocol) ? protocol : undefined;
};

/** Reads the instances that a sidecar gets of each service of a peer that upstreams or discovery chains reach. */
export const readImportedServices = async ({
  reads,
  sections,
}: Gathering): Promise<Section<readonly ImportedService[]>> => {
  const peerings = await sections.peerings();
  const list = peerings.visibility === 'hidden' ? [] : peerings.value.list;
  // Upstreams and resolvers name peers without regard to case; this endpoint does not.
  const peerNamed = (name: string): string =>
    list.find(({ Name }) => Name.toLowerCase() === name.toLowerCase())?.Name ?? name;

  const read = memoizeByKey(
    async ({ peer, service, namespace }: ServiceAtPeer): Promise<Section<ImportedService>> => {
      const inNamespace = omitUndefined({ namespace: namespace === '' ? undefined : namespace });
      const answer = await reads.ask((client, call) =>
        client.importedHealth(service, peer, { ...call, ...inNamespace }),
      );
      return mapSection(sectionOf(answer, ['service', 'node']), (rows) => {
        const passing = rows.filter(({ Checks }) => !Checks.some(isCritical));
        return {
          endpoint: answer.ok ? answer.meta.endpoint : '',
          peer,
          service,
          ...inNamespace,
          instances: rows.length,
          passing: passing.length,
          failing:
            passing.length === 0
              ? [...new Set(rows.flatMap(({ Checks }) => criticalCheckNames(Checks)))]
              : [],
          addresses: [...new Set(rows.map(addressOf))].sort(),
          ...omitUndefined({
            serverName: rows.map(serverNameOf).find((name) => name !== undefined),
            protocol: rows.map(protocolOf).find((protocol) => protocol !== undefined),
          }),
        };
      });
    },
    keyOf,
  );

  const imported = list.flatMap(({ Name, State, StreamStatus }) =>
    State === 'ACTIVE'
      ? (StreamStatus?.ImportedServices ?? []).map((service) => ({ peer: Name, service, namespace: '' }))
      : [],
  );
  if (imported.length <= maxAhead) {
    for (const one of imported) if (!one.service.includes('/')) void read(one);
  }

  const [sidecars, chains] = await Promise.all([sections.sidecars(), sections.discoveryChains()]);
  const direct = rowsOf(sidecars)
    .flatMap(({ proxy }) => proxy.Upstreams)
    .filter(({ DestinationPeer, DestinationName }) => DestinationPeer !== '' && DestinationName !== '')
    .map(({ DestinationPeer, DestinationName, DestinationNamespace }) => ({
      peer: DestinationPeer,
      service: DestinationName,
      namespace: DestinationNamespace,
    }));
  const throughChains = rowsOf(chains)
    .flatMap(({ chain }) => listChainTargets(chain))
    .filter(({ peer }) => peer !== '');
  const services = [...direct, ...throughChains].map(({ peer, service, namespace }) => ({
    peer: peerNamed(peer),
    service,
    namespace: namespace === 'default' ? '' : namespace,
  }));
  const known = new Set(list.map(({ Name }) => Name));
  const found = await mapConcurrently(
    uniqueByKey(services, keyOf).filter(({ peer }) => known.has(peer)),
    read,
  );
  return combineSections(
    found.flatMap((one) => (one.visibility === 'hidden' ? [] : [one.value])),
    [peerings, sidecars, chains, ...found],
  );
};

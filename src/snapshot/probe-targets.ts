import type { CaRoots, Peering, ResolvedExport } from '../consul/wire';
import type { ProbeTarget } from '../probe/probe-address';
import { omitUndefined } from '../omit-undefined';
import { uniqueByKey } from './concurrency';
import { formatAddress } from './format-address';
import { addressForPeers } from './gateway-address';
import type { ProbeUse } from './probe-section';
import { rowsOf } from './section';
import type {
  GatewayInstance,
  ImportedService,
  Section,
  Sections,
  Server,
  Snapshot,
  SourceLocation,
} from './snapshot';

/** Lists the addresses that Consul hands out and that the bot may probe. Nothing else is ever connected to. */

/** An address to probe, and what is expected to answer there. */
export interface ProbeRequest {
  readonly use: ProbeUse;
  /** `host:port`, as Consul writes it. */
  readonly address: string;
  readonly at: SourceLocation;
  /** Name of the peering, for addresses of a peer. */
  readonly peer?: string | undefined;
  readonly target: ProbeTarget;
  /** The trust domain of the cluster that is expected to answer; empty if it is not known. */
  readonly expectedTrustDomain: string;
}

/** Parses `host:port`; undefined if it has no port that can be dialed. */
const parseAddress = (address: string): Pick<ProbeTarget, 'host' | 'port'> | undefined => {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/u.exec(address) ?? [];
  const [host, port] = [bracketed ?? plain ?? '', Number(digits)];
  return host === '' || port < 1 || port > 65_535 ? undefined : { host, port };
};

const requestOf = ({
  address,
  serverName,
  ...rest
}: Omit<ProbeRequest, 'target'> & { readonly serverName: string }): readonly ProbeRequest[] => {
  const parsed = parseAddress(address);
  return parsed === undefined
    ? []
    : [{ ...rest, address, target: { ...parsed, ...(serverName !== '' && { serverName }) } }];
};

/** The part of a server name after a label, which is a trust domain. */
const trustDomainIn = (serverName: string, label: 'peering' | 'external'): string =>
  new RegExp(`\\.${label}\\.([a-z0-9][a-z0-9.-]{0,252})$`, 'iu').exec(serverName)?.[1] ?? '';

/** The servers of a peer that a dialer connects to, from its token. */
const peerServers = ({ Name, PeerServerName, PeerServerAddresses }: Peering): readonly ProbeRequest[] =>
  PeerServerAddresses.flatMap((address, index) =>
    requestOf({
      use: 'peer-server',
      address,
      at: {
        endpoint: `/v1/peering/${encodeURIComponent(Name.toWellFormed())}`,
        path: `PeerServerAddresses[${index}]`,
      },
      peer: Name,
      serverName: PeerServerName,
      expectedTrustDomain: trustDomainIn(PeerServerName, 'peering'),
    }),
  );

/** The mesh gateways of a peer, as sidecars here get them. */
const peerGateways = ({
  endpoint,
  peer,
  addresses,
  serverName = '',
}: ImportedService): readonly ProbeRequest[] =>
  addresses.flatMap((address) =>
    requestOf({
      use: 'peer-gateway',
      address,
      at: { endpoint, path: '' },
      peer,
      serverName,
      expectedTrustDomain: trustDomainIn(serverName, 'external'),
    }),
  );

interface ExportedName {
  readonly service: string;
  readonly namespace?: string | undefined;
  readonly partition?: string | undefined;
  readonly peer: string;
}

/** Lists what is exported to peers: as Consul resolves it, else as entries name it, before Consul 1.17.3. */
const exportsToPeers = ({ resolvedExports, exportedServices }: ProbeSources): readonly ExportedName[] => [
  ...rowsOf(resolvedExports).flatMap(
    ({ Service: service, Namespace: namespace, Partition: partition, Consumers }) =>
      Consumers.Peers.map((peer) => ({ service, namespace, partition, peer })),
  ),
  ...rowsOf(exportedServices).flatMap(({ entry }) =>
    entry.Services.flatMap(({ Name: service, Namespace: namespace, Consumers }) =>
      service === '*'
        ? []
        : Consumers.flatMap(({ Peer: peer = '' }) =>
            peer === '' ? [] : [{ service, namespace, partition: entry.Partition, peer }],
          ),
    ),
  ),
];

/** The name by which sidecars of a peer ask a gateway here for an exported service; empty if nothing is exported. */
const nameForPeers = (sources: ProbeSources, trustDomain: string): string => {
  const [first] = exportsToPeers(sources);
  if (first === undefined || trustDomain === '') return '';
  const { service, namespace = 'default', partition = 'default', peer } = first;
  return [service, namespace, partition, peer, 'external', trustDomain].join('.');
};

export interface ProbeSources {
  readonly datacenter: string;
  readonly peerings: Snapshot['sections']['peerings'];
  readonly gateways: Section<readonly GatewayInstance[]>;
  readonly importedServices: Section<readonly ImportedService[]>;
  readonly servers: Section<readonly Server[]>;
  readonly resolvedExports: Section<readonly ResolvedExport[]>;
  readonly exportedServices: Section<Sections['exportedServices']>;
  readonly caRoots: Section<{ readonly roots: Pick<CaRoots, 'TrustDomain'> }>;
}

/** Lists what to probe, each address once for each use, the most telling first. */
export const listProbeRequests = (sources: ProbeSources): readonly ProbeRequest[] => {
  const { peerings, caRoots } = sources;
  const list = peerings.visibility === 'hidden' ? [] : peerings.value.list;
  const own = caRoots.visibility === 'hidden' ? '' : caRoots.value.roots.TrustDomain;
  const exported = nameForPeers(sources, own);
  const gateways = rowsOf(sources.gateways).flatMap((gateway) => {
    const { host, port, path } = addressForPeers(gateway);
    return requestOf({
      use: 'gateway',
      address: formatAddress(host, port),
      at: { endpoint: gateway.at.endpoint, path: `${gateway.at.path}.${path}` },
      serverName: exported,
      expectedTrustDomain: own,
    });
  });
  // A cluster that only dials hands out no address of its servers.
  const accepts = list.some(({ PeerServerAddresses }) => PeerServerAddresses.length === 0);
  const servers = rowsOf(sources.servers).flatMap(({ at, address = '', grpcTlsPort }) =>
    accepts && address !== ''
      ? requestOf({
          use: 'server',
          address: formatAddress(address, Number(grpcTlsPort)),
          at: { endpoint: at.endpoint, path: `${at.path}.Address` },
          serverName: own === '' ? '' : `server.${sources.datacenter}.peering.${own}`,
          expectedTrustDomain: own,
        })
      : [],
  );
  return uniqueByKey(
    [
      ...list.flatMap(peerServers),
      ...gateways,
      ...rowsOf(sources.importedServices).flatMap(peerGateways),
      ...servers,
    ],
    ({ use, address, peer }) => JSON.stringify(omitUndefined({ use, address, peer })),
  );
};

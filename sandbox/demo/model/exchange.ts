import { type Fields, textOf } from '../../workspace/blocks/schema';
import { entriesOf } from './config-writes';
import { acceptorOf, datacenterOf, trustDomainOf } from './peering-writes';
import {
  answerWith,
  bodyOf,
  objectIn,
  publishPeerings,
  type RecordedCluster,
  requestKey,
  rowsIn,
} from './recorded-cluster';

/** Effects of exports: what each side of a peering says of its stream, and which instances of a peer it knows. */

const catalogOf = (cluster: RecordedCluster): readonly string[] =>
  Object.keys(objectIn(bodyOf(cluster, '/v1/catalog/services'))).filter(
    (name) => name !== 'consul' && name !== 'mesh-gateway' && !name.endsWith('-sidecar-proxy'),
  );

/** Pairs of service and peer in the exported-services entries; `*` stands for all services. */
const exportsOf = (cluster: RecordedCluster) =>
  entriesOf(cluster, 'exported-services')
    .flatMap((entry) => rowsIn(entry['Services']))
    .flatMap((service) => {
      const name = textOf(service['Name']);
      const names = name === '*' ? catalogOf(cluster) : [name];
      const peers = rowsIn(service['Consumers']).map((consumer) => textOf(consumer['Peer']));
      return names.flatMap((one) => peers.filter(Boolean).map((peer) => ({ service: one, peer })));
    });

/** The mesh instances of a service, from any recorded answer that holds them. */
export const meshInstances = (cluster: RecordedCluster, service: string): readonly Fields[] => {
  const found = new Map<string, Fields>();
  for (const [key, answer] of cluster.answers) {
    if (!/^GET \/v1\/health\/(?:service|connect)\/[^?]+$/.test(key)) continue;
    for (const instance of rowsIn(answer.body)) {
      const one = objectIn(instance['Service']);
      if (one['Kind'] === 'connect-proxy' && objectIn(one['Proxy'])['DestinationServiceName'] === service)
        found.set(textOf(one['ID']), instance);
    }
  }
  return [...found.values()];
};

/** An instance as the peer sees it: behind a mesh gateway, with the names that its certificate will have. */
const importedInstance = (
  instance: Fields,
  from: RecordedCluster,
  { service, here, there }: { readonly service: string; readonly here: string; readonly there: string },
): Fields => {
  const [gateway] = rowsIn(bodyOf(from, '/v1/health/service/mesh-gateway'));
  const own = objectIn(instance['Service']);
  const { Address, Port, TaggedAddresses } = objectIn(gateway?.['Service']);
  const domain = trustDomainOf(from);
  const dc = datacenterOf(from);
  const id = `${textOf(own['ID'])}-instance-0`;
  return {
    Node: { ...objectIn(instance['Node']), PeerName: here },
    Service: {
      ...own,
      ID: id,
      Address: Address ?? own['Address'],
      Port: Port ?? own['Port'],
      TaggedAddresses: { ...objectIn(own['TaggedAddresses']), ...objectIn(TaggedAddresses) },
      Connect: {
        PeerMeta: {
          SNI: [`${service}.default.default.${there}.external.${domain}`],
          SpiffeID: [
            `spiffe://${domain}/ns/default/dc/${dc}/svc/${service}`,
            `spiffe://${domain}/gateway/mesh/dc/${dc}`,
          ],
          Protocol: 'tcp',
        },
      },
      PeerName: here,
    },
    Checks: [
      {
        ...rowsIn(instance['Checks'])[0],
        CheckID: `${id}:overall-check`,
        Name: 'overall-check',
        Status: 'passing',
        ServiceID: id,
        ServiceName: own['Service'],
        PeerName: here,
      },
    ],
  };
};

/** Both ends of every ACTIVE peering between two recordings, each as an exporter to the other. */
const directions = (all: readonly RecordedCluster[]) =>
  all.flatMap((dialer) =>
    [...dialer.peerings.values()].flatMap((mine) => {
      const other = acceptorOf(all, textOf(mine['PeerID']));
      if (!other || mine['State'] !== 'ACTIVE') return [];
      const [here, there] = [textOf(mine['Name']), textOf(other.peering['Name'])];
      return [
        { from: dialer, to: other.cluster, fromName: here, toName: there },
        { from: other.cluster, to: dialer, fromName: there, toName: here },
      ];
    }),
  );

const setStream = (cluster: RecordedCluster, peer: string, change: Fields): void => {
  const peering = cluster.peerings.get(peer);
  if (!peering) return;
  const stream = { ...objectIn(peering['StreamStatus']), ...change };
  cluster.peerings.set(peer, { ...peering, StreamStatus: stream });
  publishPeerings(cluster);
};

/** Brings what peers know of each other up to date with what is exported. */
export const exchange = (all: readonly RecordedCluster[]): void => {
  for (const cluster of all) {
    const exported = exportsOf(cluster);
    const services = [...new Set(exported.map(({ service }) => service))];
    const rows = services.map((service) => ({
      Service: service,
      Consumers: { Peers: exported.filter((one) => one.service === service).map(({ peer }) => peer) },
    }));
    if (cluster.answers.get('GET /v1/exported-services')?.status === 200)
      answerWith(cluster, '/v1/exported-services', rows);
  }
  for (const { from, to, fromName, toName } of directions(all)) {
    // `fromName` is the exporter's name for the importer; `toName` the importer's name for the exporter.
    const names = exportsOf(from)
      .filter(({ peer }) => peer === fromName)
      .map(({ service }) => service)
      .filter((service) => meshInstances(from, service).length > 0);
    const list = names.length > 0 ? names : null;
    setStream(from, fromName, { ExportedServices: list });
    setStream(to, toName, { ImportedServices: list });
    for (const service of new Set([...catalogOf(from), ...names])) {
      const path = `/v1/health/connect/${service}?peer=${toName}`;
      const recorded = to.recorded.get(requestKey('GET', path))?.body;
      const imported = meshInstances(from, service).map((instance) =>
        importedInstance(instance, from, { service, here: toName, there: fromName }),
      );
      answerWith(to, path, names.includes(service) ? (recorded ?? imported) : []);
    }
  }
};

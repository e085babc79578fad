import type { Evidence } from '../../report/report';
import { parseConsulTime } from '../../consul/parse-time';
import { addressKind, hostOf } from '../../paths/addresses';
import { maintenanceOf } from '../../snapshot/health';
import { evidence, peeringAt } from '../evidence';
import { exactKey } from '../names';
import { reconnectRemediation } from '../remediation/peering';
import { defineIssue, type IssueFacts, type KnownBug } from './define-issue';
import { terminatedMustBeDeleted } from './version-ranges';

/** Names that are services here and services of a peer. */
const namesOnBothSides = ({
  peerings,
  serviceNames,
}: IssueFacts<'peerings' | 'serviceNames'>): readonly Evidence[] => {
  const local = new Set(serviceNames.map(({ name }) => name));
  return peerings.list.flatMap((peering) =>
    (peering.StreamStatus?.ImportedServices ?? [])
      .filter((name) => local.has(name))
      .map((name) => evidence(peeringAt(peering), 'StreamStatus.ImportedServices', name)),
  );
};

/** Time (ms) after which a silent stream is dead: Consul itself gives up after 120 s without a heartbeat. */
const silentAfterMs = 120_000;

/** ACTIVE peerings without any heartbeat whose stream has been silent for too long. */
const silentStreams = ({ peerings, takenAt }: IssueFacts<'peerings'>) =>
  peerings.list.filter(({ State, StreamStatus }) => {
    if (State !== 'ACTIVE' || parseConsulTime(StreamStatus?.LastHeartbeat) !== undefined) return false;
    // A new stream has received or sent something recently.
    const last = parseConsulTime(StreamStatus?.LastReceive) ?? parseConsulTime(StreamStatus?.LastSend);
    return last !== undefined && Date.parse(takenAt) - last > silentAfterMs;
  });

/** Bugs of peerings and of what their streams replicate, from the changelogs and issues of hashicorp/consul. */
export const streamIssues: readonly KnownBug[] = [
  defineIssue({
    id: 15065,
    // Of 1.14.0, only the betas.
    affected: [
      ['1.13.0', '1.13.4'],
      ['1.14.0', '1.14.0'],
    ],
    severity: 'warning',
    needs: ['peerings'],
    holds: ({ peerings }) =>
      peerings.list
        .filter(({ PeerServerAddresses }) =>
          PeerServerAddresses.some((address) => addressKind(hostOf(address)) === 'private'),
        )
        .map((peering) => evidence(peeringAt(peering), 'PeerServerAddresses', peering.PeerServerAddresses)),
    effect: 'peering tokens and streams carry the LAN addresses of servers, although they have WAN addresses',
    fixedIn: '1.13.4 and 1.14.0',
  }),
  defineIssue({
    id: 15503,
    affected: [['1.14.0', '1.14.2']],
    severity: 'warning',
    needs: ['exportedServices'],
    holds: ({ exportedServices }) =>
      exportedServices
        .filter(({ entry }) => entry.Services.length > 0)
        .slice(0, 1)
        .map(({ at, entry }) => evidence(at, 'Services', entry.Services.length)),
    effect:
      'a service with many instances breaks the stream to peers, and health states other than passing are lost',
    fixedIn: '1.14.2',
  }),
  defineIssue({
    id: 16257,
    affected: [['1.14.0', '1.14.5']],
    severity: 'warning',
    needs: ['peerings'],
    holds: ({ peerings, datacenter }) =>
      peerings.list
        .filter(({ Remote }) => Remote?.Datacenter === datacenter && datacenter !== '')
        .map((peering) => evidence(peeringAt(peering), 'Remote.Datacenter', datacenter)),
    effect: 'both clusters have the same datacenter name, so gateways dial the LAN address of the peer',
    fixedIn: '1.14.5 and 1.15.0',
  }),
  defineIssue({
    id: 16230,
    affected: [['1.14.0', '1.14.5']],
    severity: 'warning',
    needs: ['primaryDatacenter', 'acl'],
    holds: ({ primaryDatacenter, acl }) =>
      primaryDatacenter !== undefined && acl.enabled
        ? [evidence({ endpoint: '/v1/agent/self', path: '' }, 'Config.PrimaryDatacenter', primaryDatacenter)]
        : [],
    effect: 'a secondary datacenter with ACLs cannot accept a peering',
    fixedIn: '1.14.5 and 1.15.0',
  }),
  defineIssue({
    id: 16339,
    affected: [['1.14.0', '1.14.5']],
    severity: 'warning',
    needs: ['exportedServices', 'exportedHealth', 'gateways'],
    holds: ({ exportedServices, exportedHealth, gateways }) => {
      if (gateways.length === 0) return [];
      const exported = new Set(
        exportedServices.flatMap(({ entry }) =>
          entry.Services.map(({ Name, Namespace }) => exactKey(Name, Namespace)),
        ),
      );
      return exportedHealth
        .filter(
          ({ name, namespace, instances, inMesh }) =>
            instances > 0 && inMesh === 0 && exported.has(exactKey(name, namespace)),
        )
        .map(({ endpoint }) => evidence({ endpoint, path: '' }, '', []));
    },
    effect:
      'peers treat an exported service without a sidecar as a mesh service, so their proxies send calls that nothing answers',
    fixedIn: '1.14.5 and 1.15.0',
  }),
  defineIssue({
    id: 16570,
    affected: [
      ['1.14.0', '1.14.6'],
      ['1.15.0', '1.15.2'],
    ],
    severity: 'warning',
    needs: ['peerings', 'serviceNames'],
    holds: namesOnBothSides,
    effect:
      'when the service of a peer is deleted, the local service of that name disappears from the lists of services that gateways and transparent proxies read',
    fixedIn: '1.14.6 and 1.15.2',
  }),
  defineIssue({
    id: 17235,
    affected: [
      ['1.14.0', '1.14.7'],
      ['1.15.0', '1.15.3'],
    ],
    severity: 'warning',
    needs: ['peerings', 'serviceNames'],
    holds: namesOnBothSides,
    effect: 'the stream of a peer can deregister a local service that has the same name as an imported one',
    fixedIn: '1.14.7 and 1.15.3',
  }),
  defineIssue({
    id: 16776,
    affected: terminatedMustBeDeleted,
    severity: 'warning',
    needs: ['peerings'],
    holds: ({ peerings }) =>
      peerings.list
        .filter(({ State }) => State === 'TERMINATED')
        .map((peering) => evidence(peeringAt(peering), 'State', peering.State)),
    effect: 'a TERMINATED peering must be deleted before it can be established again',
    fixedIn: '1.14.7 and 1.15.3',
  }),
  defineIssue({
    id: 17456,
    affected: [
      ['1.14.0', '1.14.8'],
      ['1.15.0', '1.15.3'],
    ],
    severity: 'info',
    needs: ['exportedServices'],
    holds: ({ exportedServices, enterprise }) =>
      enterprise
        ? exportedServices.map(({ at, entry }) => evidence(at, 'Services', entry.Services.length))
        : [],
    effect: 'changes to exports of other namespaces are not replicated to peers',
    fixedIn: '1.14.8 and 1.15.3',
  }),
  defineIssue({
    id: 17483,
    affected: [
      ['1.14.0', '1.14.8'],
      ['1.15.0', '1.15.4'],
    ],
    severity: 'info',
    needs: ['peerings'],
    holds: ({ peerings }) =>
      peerings.list.slice(0, 1).map((peering) => evidence(peeringAt(peering), 'State', peering.State)),
    effect: 'a server that is no longer the leader keeps cleaning up peerings',
    fixedIn: '1.14.8, 1.15.4 and 1.16.0',
  }),
  defineIssue({
    id: 22868,
    affected: [['1.14.0']],
    severity: 'warning',
    needs: ['peerings'],
    holds: (facts) =>
      silentStreams(facts).map((peering) =>
        evidence(peeringAt(peering), 'StreamStatus.LastReceive', peering.StreamStatus?.LastReceive),
      ),
    effect:
      'the stream of an ACTIVE peering without a heartbeat is dead, and what it reports is stale, until the dialer has a new leader',
    fixedIn: '',
    remediation: (facts) =>
      silentStreams(facts).flatMap(({ Name, PeerServerAddresses }) =>
        reconnectRemediation({ name: Name, side: PeerServerAddresses.length > 0 ? 'dialer' : 'acceptor' }),
      ),
  }),
  defineIssue({
    id: 15697,
    affected: [['1.14.4']],
    severity: 'info',
    needs: ['peerings'],
    holds: ({ peerings }) =>
      peerings.list
        .filter(({ Name }) => Name !== Name.toLowerCase())
        .map((peering) => evidence(peeringAt(peering), 'Name', peering.Name)),
    effect:
      'since 1.14.4, new peerings need a lower-case name: this peering keeps working, but cannot be created again under its name',
    fixedIn: '',
  }),
  defineIssue({
    id: 23311,
    affected: [['1.14.0']],
    severity: 'info',
    needs: ['exportedHealth', 'gateways'],
    holds: ({ exportedHealth, gateways }) => [
      ...exportedHealth.flatMap(({ endpoint, healthEndpoint = endpoint, maintenance = [] }) =>
        maintenance.map((one) => evidence({ endpoint: healthEndpoint, path: '' }, '', one)),
      ),
      ...gateways.flatMap(({ at, Node, Checks }) =>
        maintenanceOf(Node.Node, Checks).map((one) => evidence(at, 'Checks', one)),
      ),
    ],
    effect: 'peers ignore maintenance: they still resolve instances in maintenance and send calls to them',
    fixedIn: '',
  }),
];

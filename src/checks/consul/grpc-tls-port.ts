import type { Severity } from '../../report/report';
import type { Server } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleServer } from '../examples/parts';
import { consulDocs } from '../links';
import { agentSetting } from '../remediation/settings';
import {
  certificateProblem,
  describeSilence,
  isUnanswered,
  probeEvidence,
  nameVantagePoints,
  severityOfSilence,
  silenceOf,
} from '../probes';
import type { Probe } from '../../snapshot/probe-section';
import { formatAddress } from '../../snapshot/format-address';
import { rowsOf } from '../../snapshot/section';
import { clusterSubject } from '../subjects';
import { hasPeeringsView } from '../views/has-peerings';
import { relationsView } from '../views/relations';

/** Reads the port as Consul does when it generates a peering token: a number above zero. */
const isPort = (text: string): boolean => Number.parseInt(text, 10) > 0;

const servesPeers = (server: Server): boolean => isPort(server.grpcTlsPort) || isPort(server.grpcPort);

const remediation = [
  agentSetting('Configuration of every server; then restart them one at a time', {
    ports: { grpc_tls: 8503 },
  }),
];

const portEvidence = (server: Server): Draft['evidence'] => [
  evidence(server.at, 'ServiceMeta.grpc_tls_port', server.grpcTlsPort || null),
  evidence(server.at, 'ServiceMeta.grpc_port', server.grpcPort || null),
];

/** No answer to the bot alone may be due to the way from it; a refusal or a wrong answer is the server's own. */
const severityOfServer = (probe: Probe): Severity =>
  silenceOf(probe) === 'alone' && isUnanswered(probe) && probe.outcome !== 'refused'
    ? 'info'
    : probe.outcome === 'connected' && silenceOf(probe) === undefined
      ? 'info'
      : severityOfSilence(probe);

/** Reports servers at whose published port nothing answers the bot. */
const probedFinding = (server: Server, probes: readonly Probe[], takenAt: string): readonly Draft[] => {
  const own = server.address === undefined ? '' : formatAddress(server.address, Number(server.grpcTlsPort));
  const probe = probes.find(({ use, address }) => use === 'server' && address === own);
  if (probe === undefined) return [];
  const problem =
    certificateProblem(probe, takenAt) ??
    (silenceOf(probe) !== undefined || probe.outcome === 'connected' ? describeSilence(probe) : undefined);
  if (problem === undefined) return [];
  return [
    {
      severity: severityOfServer(probe),
      subject: { kind: 'server', name: server.node },
      message: `${server.node} publishes its gRPC TLS port at ${probe.address}, which ${problem}, ${nameVantagePoints(probe)}`,
      evidence: probeEvidence(probe),
      remediation: [],
    },
  ];
};

export const grpcTlsPort = defineCheck({
  id: 'grpc-tls-port',
  group: 'consul',
  title: 'The servers publish a gRPC port for the streams of peers',
  failureTitle: 'Servers publish no gRPC port for the streams of peers',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('agent/config/config-files#grpc_tls_port'),
    since: '1.14.0',
  },
  rationale:
    'A peering token contains the address and gRPC port of each server. If no port is published, Consul refuses to generate one and the dialer has nowhere to connect.',
  inputs: ['servers', relationsView, hasPeeringsView, 'cluster', 'takenAt'],
  partial: [relationsView],
  optional: ['probes'],
  examples: { pass: {}, fail: { servers: [exampleServer({ grpcPort: '', grpcTlsPort: '' })] } },
  evaluate({ servers, relations, hasPeerings, cluster, probes, takenAt }) {
    if (hasPeerings && relations.every(({ side }) => side === 'dialer')) {
      return skip('this cluster only dials; its peers publish the port');
    }
    if (servers.length === 0) return unknown('the catalog shows no server');
    const without = servers.filter((server) => !servesPeers(server));
    if (without.length === servers.length) {
      return [
        {
          subject: clusterSubject(cluster.name),
          message: `${cluster.name} publishes no gRPC port on ${servers.length === 1 ? 'its only server' : `any of its ${servers.length} servers`}, so no peer can open a stream to it`,
          evidence: without.flatMap(portEvidence),
          remediation: remediation,
        },
      ];
    }
    const unanswered = servers
      .filter(servesPeers)
      .flatMap((server) => probedFinding(server, rowsOf(probes), takenAt));
    const unpublished = without.map(
      (server): Draft => ({
        severity: 'warning',
        subject: { kind: 'server', name: server.node },
        message: `${server.node} publishes no gRPC port, so peering tokens do not contain it; they contain the other servers`,
        evidence: portEvidence(server),
        remediation: remediation,
      }),
    );
    return [...unpublished, ...unanswered];
  },
});

import type { AgentSelf } from '../../consul/wire';
import type { Severity } from '../../report/report';
import type { Section, Server } from '../../snapshot/snapshot';
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

/** Peers connect by TLS alone. */
const servesPeers = (server: Server): boolean => isPort(server.grpcTlsPort);

const servesPlainly = (server: Server): boolean => isPort(server.grpcPort);

/**
 * Tells whether the gRPC server has a certificate, with which Consul generates tokens although it has no TLS port.
 * Undefined where the answering agent is no server, or does not show its settings.
 */
const hasCertificate = (agent: Section<AgentSelf>): boolean | undefined => {
  if (agent.visibility === 'hidden' || !agent.value.Config.Server) return undefined;
  const settings = agent.value.DebugConfig?.TLS?.GRPC;
  return settings ? settings.CertFile || settings.UseAutoCert : undefined;
};

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
  title: 'The servers publish a gRPC TLS port for the streams of peers',
  failureTitle: 'Servers publish no gRPC TLS port for the streams of peers',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('agent/config/config-files#grpc_tls_port'),
    since: '1.14.0',
  },
  rationale:
    'A peering token contains the address and gRPC TLS port of each server. Without TLS for gRPC Consul refuses to generate one, and the dialer has nowhere to connect.',
  inputs: ['servers', relationsView, hasPeeringsView, 'cluster', 'takenAt'],
  partial: [relationsView],
  optional: ['probes', 'agent'],
  examples: { pass: {}, fail: { servers: [exampleServer({ grpcPort: '', grpcTlsPort: '' })] } },
  evaluate({ servers, relations, hasPeerings, cluster, probes, takenAt, agent }) {
    if (hasPeerings && relations.every(({ side }) => side === 'dialer')) {
      return skip('this cluster only dials; its peers publish the port');
    }
    if (servers.length === 0) return unknown('the catalog shows no server');
    const without = servers.filter((server) => !servesPeers(server));
    if (without.length === servers.length) {
      const on = servers.length === 1 ? 'its only server' : `any of its ${servers.length} servers`;
      const isPlain = servers.some(servesPlainly);
      const certificate = hasCertificate(agent);
      if (isPlain && certificate !== false) {
        return unknown(
          `${cluster.name} publishes no gRPC TLS port on ${on}, only a port without TLS by default, and ${certificate ? 'its gRPC server has a certificate' : 'the TLS settings of its gRPC server are not visible'}`,
        );
      }
      return [
        {
          subject: clusterSubject(cluster.name),
          message: isPlain
            ? `${cluster.name} publishes a gRPC port without TLS on ${on} and no TLS port, so Consul generates no peering token and no peer can open a stream to it`
            : `${cluster.name} publishes no gRPC port on ${on}, so no peer can open a stream to it`,
          evidence: [
            ...without.flatMap(portEvidence),
            ...(isPlain
              ? [evidence({ endpoint: '/v1/agent/self', path: '' }, 'DebugConfig.TLS.GRPC.CertFile', '')]
              : []),
          ],
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
        message: servesPlainly(server)
          ? `${server.node} publishes a gRPC port without TLS and no TLS port, so peering tokens contain a port at which peers cannot connect; they can connect to the other servers`
          : `${server.node} publishes no gRPC port, so peering tokens do not contain it; they contain the other servers`,
        evidence: portEvidence(server),
        remediation: remediation,
      }),
    );
    return [...unpublished, ...unanswered];
  },
});

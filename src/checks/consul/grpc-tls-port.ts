import type { Server } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleCluster, exampleRelation, exampleServer } from '../examples';
import { consulDocs } from '../links';
import { agentSetting } from '../settings';
import { clusterSubject } from '../subjects';

/** Consul reads the port as it does itself when it makes a peering token: a number above zero. */
const isPort = (text: string): boolean => Number.parseInt(text, 10) > 0;

const servesPeers = (server: Server): boolean => isPort(server.grpcTlsPort) || isPort(server.grpcPort);

const remedy = [
  agentSetting('Configuration of every server (then restart one after another)', {
    ports: { grpc_tls: 8503 },
  }),
];

const seen = (server: Server): Draft['evidence'] => [
  evidence(server.at, 'ServiceMeta.grpc_tls_port', server.grpcTlsPort || null),
  evidence(server.at, 'ServiceMeta.grpc_port', server.grpcPort || null),
];

export const grpcTlsPort = defineCheck({
  id: 'grpc-tls-port',
  group: 'consul',
  title: 'The servers publish a gRPC port for the streams of peers',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('agent/config/config-files#grpc_tls_port'),
    since: '1.14.0',
  },
  rationale:
    'A peering token carries the address and gRPC port of each server. With no port published Consul refuses to make one, and the dialer has nowhere to connect.',
  inputs: ['servers', 'relations', 'readiness', 'cluster'],
  partial: ['relations'],
  examples: {
    pass: {
      servers: [exampleServer()],
      relations: [exampleRelation()],
      readiness: false,
      cluster: exampleCluster,
    },
    fail: {
      servers: [exampleServer({ grpcPort: '', grpcTlsPort: '' })],
      relations: [exampleRelation()],
      readiness: false,
      cluster: exampleCluster,
    },
  },
  evaluate({ servers, relations, readiness, cluster }) {
    if (!readiness && relations.every(({ side }) => side === 'dialer')) {
      return skip('this cluster only dials: its peers publish the port');
    }
    if (servers.length === 0) return unknown('no server could be seen in the catalog');
    const without = servers.filter((server) => !servesPeers(server));
    if (without.length === servers.length) {
      return [
        {
          subject: clusterSubject(cluster.name),
          message: `${cluster.name} publishes no gRPC port on any of its ${servers.length} servers, so no peer can open a stream to it`,
          evidence: without.flatMap(seen),
          remediation: remedy,
        },
      ];
    }
    return without.map((server) => ({
      severity: 'warning',
      subject: { kind: 'server', name: server.node },
      message: `${server.node} publishes no gRPC port and is left out of peering tokens; other servers are in them`,
      evidence: seen(server),
      remediation: remedy,
    }));
  },
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exampleGatewayToken, gatewayRules } from '../checks/examples/acl';
import {
  exampleAgent,
  exampleCluster,
  exampleExports,
  exampleGateway,
  exampleIntentions,
  examplePeering,
  exampleRoots,
  exampleServer,
  exampleSidecar,
  exampleTakenAt,
  exampleUpstream,
} from '../checks/examples/parts';
import { createConsulClient } from '../consul/client';
import { worthCompiling } from '../consul/parse-body';
import { gatherWithOtherSides } from '../snapshot/gather-with-other-sides';
import type { Snapshot } from '../snapshot/snapshot';

/** Half of the gain comes with the first pass, the rest as V8 compiles what has run often: about 0.8 s of CPU in all. */
const passes = 20;

/** Bytes of each answer, with blanks at its end, so that schemas are compiled by the middle of the passes. */
const answerBytes = Math.ceil((2 * worthCompiling) / passes);

/**
 * Reads and checks the cluster of the examples, from a server on loopback that lives only as long. Without it, the first
 * check of a process takes four times as long as a later one: schemas and the code of checks are compiled when they are
 * first used.
 *
 * @param signal ends it between two steps
 */
export const warmUp = async (check: (snapshot: Snapshot) => unknown, signal: AbortSignal): Promise<void> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = answerTo(request.url ?? '', Buffer.concat(chunks).toString());
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json', date });
      response.end(JSON.stringify(body ?? '').padEnd(answerBytes));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const client = createConsulClient({
    cluster: exampleCluster.name,
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'example',
    tls: {},
    allowPlainHttp: false,
  });
  try {
    for (let pass = 0; pass < passes && !signal.aborted; pass += 1) {
      const snapshot = await gatherWithOtherSides({ cluster: exampleCluster, client, signal });
      if (!signal.aborted) check(snapshot);
    }
  } finally {
    client.close();
    server.close();
    server.closeAllConnections();
  }
};

/** The clock of the example's servers, by which its heartbeats are new. */
const date = new Date(exampleTakenAt).toUTCString();

/*
 * Consul sends more fields than the examples need, mostly with their defaults. The schema of each is compiled when it sees
 * its first value.
 */
const proxyDefaults = { Mode: '', MeshGateway: { Mode: '' }, Expose: { Checks: false, Paths: [] } };
const serviceDefaults = {
  Weights: { Passing: 1, Warning: 1 },
  Connect: { Native: false, PeerMeta: { SNI: [], Protocol: 'tcp' } },
};

const gateway = exampleGateway();
/** A dozen, for the code that follows a path is compiled only once it has run often. */
const imported = Array.from({ length: 12 }, (_, at) => `billing-${at}`);
const sidecar = exampleSidecar(
  imported.map((name, at) =>
    exampleUpstream({ DestinationName: name, LocalBindPort: 9191 + at, MeshGateway: { Mode: '' } }),
  ),
);
const peering = examplePeering({ Remote: { Partition: '', Datacenter: 'dc2' } });

const instance = (service: object, proxy: object): object => ({
  ...gateway,
  Service: { ...gateway.Service, ...service, ...serviceDefaults, Proxy: { ...proxy, ...proxyDefaults } },
});

/** Instances by the name of their service. */
const instances: Readonly<Record<string, object>> = {
  'mesh-gateway': instance({}, gateway.Service.Proxy ?? {}),
  'web-sidecar-proxy': instance({ Kind: 'connect-proxy', Service: sidecar.service }, sidecar.proxy),
};

const entries: Readonly<Record<string, object>> = {
  'exported-services': exampleExports([{ name: 'api', peers: ['west'] }]).entry,
  'service-intentions': exampleIntentions().entry,
};

const gatewayToken = exampleGatewayToken(gatewayRules).token;
const { node, grpcPort, grpcTlsPort, version } = exampleServer();
const { Node } = gateway;

const fixed: Readonly<Record<string, unknown>> = {
  '/v1/agent/self': exampleAgent({
    DebugConfig: {
      ...exampleAgent().DebugConfig,
      DefaultIntentionPolicy: '',
      TLS: { GRPC: { CertFile: false, UseAutoCert: false } },
    },
    Stats: { license: { status: 'valid' } },
  }),
  '/v1/status/leader': '10.0.1.11:8300',
  '/v1/peerings': [{ ...peering, StreamStatus: { ...peering.StreamStatus, ImportedServices: imported } }],
  '/v1/connect/ca/roots': exampleRoots().roots,
  '/v1/catalog/nodes': [Node],
  '/v1/catalog/service/consul': [
    {
      ...Node,
      Node: node,
      ServiceID: 'consul',
      ServiceName: 'consul',
      ServiceAddress: '',
      ServicePort: 8300,
      ServiceMeta: { version, grpc_port: grpcPort, grpc_tls_port: grpcTlsPort },
      NodeMeta: {},
      ServiceProxy: proxyDefaults,
      ServiceConnect: { Native: false },
    },
  ],
  '/v1/exported-services': [{ Service: 'api', Consumers: { Peers: ['west'] } }],
  '/v1/acl/tokens': [
    {
      AccessorID: gatewayToken?.AccessorID,
      ServiceIdentities: [{ ServiceName: 'mesh-gateway', Datacenters: [] }],
    },
  ],
  '/v1/acl/roles': [],
  '/v1/acl/policies': [],
  '/v1/query': [],
  '/v1/health/state/critical': [],
};

/** Returns the answer of the example's cluster; undefined if there is nothing at this path. */
const answerTo = (url: string, body: string): unknown => {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const name = pathname.slice(pathname.lastIndexOf('/') + 1);
  if (pathname === '/v1/catalog/services') {
    const others = searchParams.has('filter') ? [] : ['api', 'consul', 'web'];
    return Object.fromEntries([...others, ...Object.keys(instances)].map((one) => [one, []]));
  }
  if (pathname === '/v1/internal/acl/authorize')
    return (JSON.parse(body) as readonly object[]).map((question) => ({ ...question, Allow: true }));
  if (pathname.startsWith('/v1/health/service/')) return [instances[name]].filter(Boolean);
  if (pathname.startsWith('/v1/health/connect/')) return [instances['web-sidecar-proxy']];
  if (pathname.startsWith('/v1/config/')) return [entries[name]].filter(Boolean);
  if (pathname.startsWith('/v1/acl/token/')) return gatewayToken;
  return fixed[pathname];
};

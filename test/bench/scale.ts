import { execFile } from 'node:child_process';
import { Agent, request } from 'node:http';
import { promisify } from 'node:util';
import { type ConsulAgent } from '../lab/consul';
import { runChecks } from '../../src/checks/runner';
import { warmUp } from '../../src/clusters/warm-up';
import type { Report } from '../../src/report/report';
import { startPeeredPair } from '../lab/pair';
import { checkOnce, openCluster } from './check-once';
import { type SentRequest, startRecorder } from './exchange';
import { median, ms, type Row, timed } from './table';

const run = promisify(execFile);

const nodes = 100;
const services = 10_000;
const special = 1000;
const exported = 100;
const intentions = 10_000;
const warming = 25;
const repeats = 7;
const connections = 64;

/**
 * A cluster of 10,000 services and 10,000 sidecars on 100 nodes, 1,000 of them with an upstream to a peer, and 100
 * services exported by name; then with 10,000 intentions too. Beside a check of it: its own reads, sent all at once and only
 * parsed, which no check can be faster than; the loop of curl and jq that one would write to look at the upstreams and the
 * exports; and reading every node's services, 64 at a time.
 */
export const benchScale = async (): Promise<readonly Row[]> => {
  const pair = await startPeeredPair({ asInProduction: true });
  const { agent } = pair.west;
  try {
    await populate(agent);
    const cluster = openCluster(agent.address, agent.token);
    // As a worker does when it starts.
    await warmUp(runChecks, new AbortController().signal);
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 5);
    const opened = await timed(cluster.check);
    const first = opened.tookMs;
    const paths = pathsIn(opened.value);
    const measure = async (): Promise<number> => {
      // A worker has run thousands: its code is compiled, and its connections are open.
      for (let at = 0; at < warming; at += 1) await cluster.check();
      const checks: number[] = [];
      for (let at = 0; at < repeats; at += 1) checks.push((await timed(cluster.check)).tookMs);
      return median(checks);
    };
    const took = await measure();
    const floor = await repeatReads(agent, await readsOf(agent));
    await intend(agent);
    const withIntentions = await measure();
    clearInterval(watch);
    cluster.close();
    const grew = (peak - before) / 2 ** 20;

    const loop = await timed(() => curlLoop(agent));
    const fanOut = await timed(() => readAll(agent));
    const times = (other: number): string => `${(other / took).toFixed(0)} ×`;
    return [
      {
        what: `check of 10,000 services and 10,000 sidecars with ${paths} paths`,
        measured: ms(took),
        beside: `its reads alone ${ms(floor)}, curl and jq ${ms(loop.tookMs)} (${times(loop.tookMs)}), full fan-out ${ms(fanOut.tookMs)} (${times(fanOut.tookMs)})`,
        limit: '200 ms, 1,000 paths or more',
        holds: took <= 200 && paths >= special,
      },
      {
        what: 'the first such check of a worker',
        measured: ms(first),
        beside: `${(first / took).toFixed(1)} × a later one`,
        limit: '350 ms',
        holds: first <= 350,
      },
      {
        what: 'the same with 10,000 intentions',
        measured: ms(withIntentions),
        beside: `${(withIntentions / took).toFixed(2)} × without them`,
        limit: '200 ms',
        holds: withIntentions <= 200,
      },
      {
        what: `memory that ${1 + 2 * (warming + repeats)} such checks add, from the first on`,
        measured: `${grew.toFixed(0)} MiB`,
        beside: `full fan-out reads ${(fanOut.value / 2 ** 20).toFixed(0)} MiB`,
        limit: '150 MiB',
        holds: grew <= 150,
      },
    ];
  } finally {
    await pair.stop();
  }
};

/** Registered one by one: a transaction takes services, but leaves the proxy of a sidecar out. */
const populate = async (agent: ConsulAgent): Promise<void> => {
  const register = async (at: number): Promise<void> => {
    const node = { Node: `node-${at % nodes}`, Address: `192.0.2.${(at % nodes) + 1}` };
    const service = `service-${at}`;
    await agent.call('PUT', '/v1/catalog/register', {
      ...node,
      Service: { ID: service, Service: service, Port: 8080 },
    });
    const upstreams =
      at < special ? [{ DestinationName: 'api', DestinationPeer: 'east', LocalBindPort: 9191 }] : [];
    await agent.call('PUT', '/v1/catalog/register', {
      ...node,
      SkipNodeUpdate: true,
      Service: {
        Kind: 'connect-proxy',
        ID: `${service}-sidecar-proxy`,
        Service: `${service}-sidecar-proxy`,
        Port: 21_000,
        Proxy: { DestinationServiceName: service, DestinationServiceID: service, Upstreams: upstreams },
      },
    });
  };
  const left = Array.from({ length: services }, (_, at) => at).values();
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      for (const at of left) await register(at);
    }),
  );
  await agent.call('PUT', '/v1/config', {
    Kind: 'exported-services',
    Name: 'default',
    Services: Array.from({ length: exported }, (_, index) => ({
      Name: `service-${index}`,
      Consumers: [{ Peer: 'east' }],
    })),
  });
};

/** Writes intentions of 10,000 services, 20 at a time. */
const intend = async (agent: ConsulAgent): Promise<void> => {
  const left = Array.from({ length: intentions }, (_, at) => at).values();
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      for (const at of left) {
        await agent.call('PUT', '/v1/config', {
          Kind: 'service-intentions',
          Name: `service-${at}`,
          Sources: [{ Name: 'web', Peer: 'east', Action: 'allow' }],
        });
      }
    }),
  );
};

/** The paths of a report, whatever became of them. */
const pathsIn = ({ peers }: Report): number =>
  peers.reduce((sum, { paths }) => sum + (paths ? paths.pass + paths.fail + paths.unknown : 0), 0);

/** The reads of one check. */
const readsOf = async ({ address, token }: ConsulAgent): Promise<readonly SentRequest[]> => {
  const recorder = await startRecorder(address);
  await checkOnce(recorder.address, token);
  recorder.stop();
  return recorder.calls;
};

/** Sends reads again, as many at once as a check sends, and parses the answers. Gives how long that takes, in ms. */
const repeatReads = async (
  { address, token }: ConsulAgent,
  reads: readonly SentRequest[],
): Promise<number> => {
  const agent = new Agent({ keepAlive: true });
  const send = ({ method, path, body }: SentRequest): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const headers = { 'X-Consul-Token': token };
      const sent = request(new URL(path, address), { method, agent, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve(answer.statusCode === 200 ? JSON.parse(text) : text);
        });
      });
      sent.on('error', reject).end(body);
    });
  const times: number[] = [];
  for (let at = 0; at < repeats; at += 1) {
    const next = reads.values();
    const lane = async (): Promise<void> => {
      for (const read of next) await send(read);
    };
    times.push((await timed(() => Promise.all(Array.from({ length: connections }, lane)))).tookMs);
  }
  agent.destroy();
  return median(times);
};

/** Commands of a person at a shell: each node's sidecars for their upstreams, each export for its health. */
const curlLoop = async ({ address, token }: ConsulAgent): Promise<string> => {
  const script = `
    get() { curl -s -H "X-Consul-Token: $TOKEN" "$ADDRESS/v1/$1"; }
    get catalog/nodes | jq -r '.[].Node' | while read -r node; do
      get "catalog/node-services/$node" |
        jq -r '.Services[]? | select(.Kind == "connect-proxy") | .Proxy.Upstreams[]? | select(.DestinationPeer != "") | .DestinationName'
    done
    get config/exported-services/default | jq -r '.Services[].Name' | while read -r service; do
      get "health/service/$service?passing" | jq length
      get "health/connect/$service" | jq length
    done`;
  const { stdout } = await run('sh', ['-c', script], {
    env: { ...process.env, TOKEN: token, ADDRESS: address },
    maxBuffer: 1 << 28,
  });
  return stdout;
};

/** Every registration of every node, 64 requests at a time. Gives how many bytes that is. */
const readAll = async ({ address, token }: ConsulAgent): Promise<number> => {
  let bytes = 0;
  const get = (path: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const sent = request(new URL(path, address), { headers: { 'X-Consul-Token': token } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const body = Buffer.concat(chunks);
          bytes += body.length;
          resolve(JSON.parse(body.toString()));
        });
      });
      sent.on('error', reject).end();
    });
  const names = ((await get('/v1/catalog/nodes')) as readonly { Node: string }[]).map(({ Node }) => Node);
  const next = names.values();
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (const name of next) await get(`/v1/catalog/node-services/${name}`);
    }),
  );
  return bytes;
};

import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import type { ClusterConfig, Config } from '../../src/config/config';
import { createClients } from '../../src/clusters/clients';
import { createIsolated } from '../../src/clusters/isolated';
import { createProcessPool, type ProcessPool } from '../../src/clusters/process-pool';
import { type ClusterReport, createRunCheck } from '../../src/clusters/run-check';
import type { Mute } from '../../src/report/mutes';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { freePorts, temporaryFolder, waitFor } from '../lab/process';
import { clusterOf, configOf } from '../slack/support';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const serve = async (listener: RequestListener): Promise<string> => {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** One pool for all: to start a process takes a second. */
let pool: ProcessPool | undefined;
const poolOf = (): ProcessPool =>
  (pool ??= createProcessPool({
    count: 2,
    memoryMiB: 256,
    deadlineMs: 30_000,
    environment: {},
    onCall: () => undefined,
  }));
afterAll(() => pool?.close());

interface Noted {
  readonly cluster: string;
  readonly ids: readonly string[];
}

const runnerOf = (
  config: Config,
  environment: Readonly<Record<string, string>> = {},
  mutes: readonly Mute[] = [],
) => {
  const noted: Noted[] = [];
  const log = pino({ level: 'silent' });
  const isolated = createIsolated({ config, environment, pool: poolOf(), log });
  const check = createRunCheck({
    isolated,
    pending: {
      read: async () => ({}),
      note: async (cluster, ids) => {
        noted.push({ cluster, ids });
      },
    },
    probeFromSecond: () => undefined,
    severitiesOf: () => [],
    mutesOf: async () => mutes,
    addChanges: async (report) => report,
  });
  const run = (cluster: ClusterConfig, peer: string | null = null): Promise<ClusterReport> =>
    check(cluster, {
      peer,
      requestId: 'r',
      otherSides: Object.values(cluster.peers),
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
  return { run, noted };
};

describe('a cluster that shows nothing', () => {
  const config = configOf();
  const whyNot = async (over: Partial<ClusterConfig>): Promise<unknown> => {
    const checked = await runnerOf(config).run({ ...clusterOf('prod-east'), ...over });
    return checked.ok ? 'a report' : { cause: checked.error.cause, temporary: checked.error.temporary };
  };

  it('may be back where nobody listens', async () => {
    const [port = 0] = await freePorts(1);
    expect(await whyNot({ address: `http://127.0.0.1:${port}` })).toEqual({
      cause: 'unreachable',
      temporary: true,
    });
  });

  it('may be back where it fails', async () => {
    const address = await serve((_, response) => response.writeHead(500).end('down'));
    expect(await whyNot({ address })).toEqual({ cause: 'server', temporary: true });
  });

  it('is not back by itself where it speaks no TLS', async () => {
    const address = (await serve((_, response) => response.end('{}'))).replace('http:', 'https:');
    expect(await whyNot({ address })).toEqual({ cause: 'unreachable', temporary: false });
  });

  it('is not back by itself where its token may not travel', async () => {
    const environment = { TOKEN: 'secret-token' };
    const { run } = runnerOf(config, environment);
    const cluster = { ...clusterOf('prod-east'), address: 'http://192.0.2.1:8500', token: { env: 'TOKEN' } };
    const checked = await run(cluster);
    expect(checked).toMatchObject({ ok: false, error: { cause: 'unreachable', temporary: false } });
    expect(JSON.stringify(checked)).not.toContain('secret-token');
  });

  it('is not back by itself where something else answers', async () => {
    const address = await serve((_, response) => response.end('<html>a login page</html>'));
    expect(await whyNot({ address })).toEqual({ cause: 'malformed', temporary: false });
  });

  it('differs from one whose token cannot be read', async () => {
    const checked = await runnerOf(config).run({ ...clusterOf('prod-east'), token: { env: 'NOT_SET' } });
    expect(checked).toMatchObject({ ok: false, error: { cause: 'forbidden', temporary: false } });
    expect(!checked.ok && checked.error.message).toContain('NOT_SET');
  });
});

describeWith(['consul'], 'a real cluster', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startConsul();
  }, 60_000);
  afterAll(() => agent.stop());

  it('gives a report, and its pending peerings are noted', async () => {
    await agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    const cluster = { ...clusterOf('prod-east'), address: agent.address, token: { env: 'TOKEN' } };
    const { run, noted } = runnerOf(configOf(), { TOKEN: agent.token });
    const checked = await run(cluster, 'west');
    expect(checked).toMatchObject({ ok: true, value: { cluster: { name: 'prod-east' }, peer: 'west' } });
    const { ID } = await agent.call<{ ID: string }>('GET', '/v1/peering/west');
    expect(noted).toEqual([{ cluster: 'prod-east', ids: [ID] }]);
  });

  it('marks what is muted, and does not count it', async () => {
    const cluster = { ...clusterOf('prod-east'), address: agent.address, token: { env: 'TOKEN' } };
    const mute = { subject: null, by: 'U1', reason: 'known', createdMs: 0, untilMs: Date.now() + 60_000 };
    const reportWith = async (...checks: readonly string[]) => {
      const mutes = checks.map((check) => ({ ...mute, check }));
      const checked = await runnerOf(configOf(), { TOKEN: agent.token }, mutes).run(cluster);
      if (!checked.ok) throw new Error(checked.error.message);
      return checked.value;
    };
    const loud = await reportWith();
    const failing = loud.results.filter(({ status, severity }) => status === 'fail' && severity !== 'info');
    expect(failing.length).toBeGreaterThan(0);
    const quiet = await reportWith(...failing.map(({ id }) => id));
    expect(quiet.summary).toMatchObject({ errors: 0, warnings: 0, muted: failing.length });
    expect(['ready', 'unknown']).toContain(quiet.verdict);
  });

  it('reads the other side where that is configured too', async () => {
    const near = {
      ...clusterOf('prod-east'),
      address: agent.address,
      token: { env: 'TOKEN' },
      peers: { west: 'prod-west' },
    };
    const paths: string[] = [];
    const address = await serve((request, response) => {
      paths.push(request.url ?? '');
      response.writeHead(403).end('ACL not found');
    });
    const config = {
      ...configOf(),
      clusters: new Map([['prod-west', { ...clusterOf('prod-west'), address }]]),
    };
    const { run } = runnerOf(config, { TOKEN: agent.token });
    expect((await run(near)).ok).toBe(true);
    expect(paths.length).toBeGreaterThan(0);
  });
});

describe('clients', () => {
  it('are shared between jobs, and replaced when the token changes', async () => {
    const folder = await temporaryFolder('token');
    ends.push(folder.remove);
    const file = join(folder.path, 'token');
    writeFileSync(file, 'token-one\n');
    const seen: (string | undefined)[] = [];
    const connections = new Set<unknown>();
    const address = await serve((request, response) => {
      connections.add(request.socket);
      request.socket.once('close', () => connections.delete(request.socket));
      seen.push(request.headers['x-consul-token'] as string | undefined);
      response.end('"127.0.0.1:8300"');
    });
    const clients = createClients({});
    ends.push(clients.close);
    const cluster = { ...clusterOf('prod-east'), address, token: { file } };
    const lease = () => {
      const leased = clients.lease(cluster);
      if (!leased.ok) throw new Error(leased.error);
      return leased.value;
    };
    const [one, two] = [lease(), lease()];
    expect(one.client).toBe(two.client);
    writeFileSync(file, 'token-two\n');
    const three = lease();
    expect(three.client).not.toBe(one.client);
    // The old one serves those who have it.
    expect((await one.client.leader()).ok).toBe(true);
    one.release();
    expect((await two.client.leader()).ok).toBe(true);
    expect(connections.size).toBe(1);
    two.release();
    await waitFor('its connections to end', () => connections.size === 0);
    expect((await three.client.leader()).ok).toBe(true);
    expect(seen).toEqual(['token-one', 'token-one', 'token-two']);
    writeFileSync(file, '');
    expect(clients.lease(cluster)).toMatchObject({ ok: false });
  });
});

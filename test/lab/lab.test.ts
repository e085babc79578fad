import { describeWith } from './binaries';
import { type ConsulAgent, startConsul } from './consul';
import { type PeeredPair, readPeering, startPeeredPair } from './pair';
import { startRedis } from './redis';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { waitFor } from './process';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describeWith(['consul'], 'a Consul agent of the lab', () => {
  let server: ConsulAgent;
  beforeAll(async () => {
    server = await startConsul({ datacenter: 'lab1' });
  }, 60_000);
  afterAll(() => server.stop());

  it('enforces ACLs and takes the management token', async () => {
    expect((await server.request('GET', '/v1/agent/self', undefined, '')).status).toBe(403);
    expect((await server.request('GET', '/v1/agent/self')).status).toBe(200);
  });

  it('answers the consul command, also from a script and with input', async () => {
    const entry = 'Kind = "mesh"\nPeering { PeerThroughMeshGateways = true }\n';
    expect(await server.run(['config', 'write', '-'], entry)).toMatchObject({ status: 0 });
    const read = await server.shell('consul config read -kind mesh -name mesh');
    expect(read.stdout).toContain('"PeerThroughMeshGateways": true');
  });

  it('makes tokens that can do what their rules say', async () => {
    const { secret } = await server.tokenWith('node_prefix "" { policy = "read" }');
    expect(await server.call('GET', '/v1/catalog/nodes', undefined, secret)).toHaveLength(1);
    expect(await server.call('GET', '/v1/catalog/services', undefined, secret)).toEqual({});
  });

  it('is joined by a client agent', async () => {
    const client = await startConsul({ clientOf: server });
    try {
      const nodes = () => server.call<unknown[]>('GET', '/v1/catalog/nodes');
      await waitFor('the client node', async () => (await nodes()).length === 2);
    } finally {
      await client.stop();
    }
  }, 60_000);

  it('leaves no process behind when the process that started it is killed', async () => {
    const script = `
      require('${__dirname}/register.cjs');
      const { startManaged } = require('${__dirname}/process.ts');
      console.log(startManaged('sleep', ['600']).pid);
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);`;
    let pid = '';
    try {
      execFileSync(process.execPath, ['-e', script], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch (error) {
      pid = (error as { stdout: string }).stdout.trim();
    }
    expect(Number(pid)).toBeGreaterThan(0);
    await waitFor('the orphan to be gone', () => !isAlive(Number(pid)));
  });
});

describeWith(['consul'], 'the peered pair of the lab', () => {
  let pair: PeeredPair;
  beforeAll(async () => {
    pair = await startPeeredPair();
  }, 60_000);
  afterAll(() => pair.stop());

  it('is ACTIVE on both sides, with what east exports imported by west', async () => {
    expect(await readPeering(pair.east.agent, 'west')).toMatchObject({
      State: 'ACTIVE',
      StreamStatus: { ExportedServices: ['api'] },
    });
    expect(await readPeering(pair.west.agent, 'east')).toMatchObject({
      State: 'ACTIVE',
      StreamStatus: { ImportedServices: ['api'] },
    });
  });

  it('has nothing critical', async () => {
    for (const side of [pair.east, pair.west]) {
      expect(await side.agent.call('GET', '/v1/health/state/critical')).toEqual([]);
    }
  });
});

describeWith(['redis'], 'a Redis of the lab', () => {
  it('keeps what it was given over a kill where it appends', async () => {
    const redis = await startRedis({ appendOnly: true });
    try {
      const client = new Redis(redis.url, { retryStrategy: () => 50 });
      client.on('error', () => undefined);
      await client.set('kept', 'yes');
      await redis.kill();
      await waitFor('the client to notice', () => client.status !== 'ready');
      await redis.restart();
      expect(await client.get('kept')).toBe('yes');
      client.disconnect();
    } finally {
      await redis.stop();
    }
    expect(existsSync(redis.folder)).toBe(false);
  });
});

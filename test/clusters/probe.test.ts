import { connect, createServer, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createIsolated } from '../../src/clusters/isolated';
import { createProcessPool } from '../../src/clusters/process-pool';
import { createRunCheck } from '../../src/clusters/run-check';
import { createClients } from '../../src/clusters/clients';
import { type GatherParts, gatherCluster } from '../../src/clusters/read-cluster';
import type { ClusterConfig } from '../../src/config/config';
import type { AddressOutcome } from '../../src/snapshot/probe-section';
import type { SecondProbes } from '../../src/snapshot/second-probes';
import { rowsOf } from '../../src/snapshot/section';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { describeWith } from '../lab/binaries';
import { type PeeredPair, startPeeredPair } from '../lab/pair';
import { startRecordingProxy } from '../lab/recording-proxy';
import { sleep } from '../lab/process';
import { clusterOf, configOf } from '../slack/support';

/** An address of this machine that is not loopback. Without a network, the unspecified one leads here too. */
const outside =
  Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? '0.0.0.0';

describeWith(['consul'], 'a cluster whose settings ask for probes', () => {
  let pair: PeeredPair;
  const clients = createClients({});
  beforeAll(async () => {
    pair = await startPeeredPair({ acl: 'off' });
  }, 60_000);
  afterAll(async () => {
    clients.close();
    await pair.stop();
  });

  const probesOf = async (
    changes: Partial<ClusterConfig>,
    parts: Partial<GatherParts> = {},
  ): Promise<Snapshot['sections']['probes']> => {
    const read = await gatherCluster({
      config: { clusters: new Map() },
      clients,
      cluster: { ...clusterOf('west'), address: pair.west.agent.address, ...changes },
      peer: null,
      pendingSince: { visibility: 'visible', value: {} },
      signal: new AbortController().signal,
      onProgress: () => undefined,
      probe: true,
      ...parts,
    });
    if (!read.ok) throw new Error(read.error);
    return read.value.sections.probes;
  };

  const outcomeOfServer = async (
    address: string,
    proxy?: ClusterConfig['proxy'],
  ): Promise<string | undefined> => {
    const probes = await probesOf({ address, probe: true, ...(proxy && { proxy }) });
    return probes.visibility === 'hidden'
      ? undefined
      : probes.value.find(({ use }) => use === 'peer-server')?.outcome;
  };

  it('is probed where it is read on loopback, as its addresses are', async () => {
    expect(await outcomeOfServer(pair.west.agent.address)).toBe('tls');
  });

  it('is not probed on loopback where it is read through a proxy, whose loopback is another', async () => {
    const proxy = await startRecordingProxy();
    try {
      expect(await outcomeOfServer(pair.west.agent.address, { address: proxy.address })).toBe('forbidden');
      expect(proxy.seen()).toContain(new URL(pair.west.agent.address).host);
    } finally {
      proxy.stop();
    }
  });

  it('is not probed on loopback where it is read elsewhere', async () => {
    const { port } = new URL(pair.west.agent.address);
    const forward = createServer((socket) => {
      const to = connect(Number(port), '127.0.0.1');
      socket.pipe(to).pipe(socket);
      for (const one of [socket, to]) one.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => forward.listen(0, outside, resolve));
    try {
      const address = `http://${outside}:${(forward.address() as AddressInfo).port}`;
      expect(await outcomeOfServer(address)).toBe('forbidden');
    } finally {
      forward.close();
    }
  });

  it('hands out addresses that are never connected to, in any spelling', async () => {
    const hosts = [
      '169.254.169.254',
      '::ffff:169.254.169.254',
      '::ffff:a9fe:a9fe',
      '64:ff9b::a9fe:a9fe',
      'fe80::1',
      'fd00:ec2::254',
      '2852039166',
      '0251.0376.0251.0376',
      '0xa9fea9fe',
    ];
    for (const [index, Address] of hosts.entries()) {
      const gateway = {
        Kind: 'mesh-gateway',
        ID: `gateway-${index}`,
        Service: 'strange',
        Port: 18447,
        Address,
      };
      await pair.west.agent.call('PUT', '/v1/catalog/register', {
        Node: 'strange',
        Address: '192.0.2.1',
        Service: gateway,
      });
    }
    const connected = jest.spyOn(Socket.prototype, 'connect');
    try {
      const probes = await probesOf({ probe: true });
      const found = rowsOf(probes).filter(({ address }) => address.endsWith(':18447'));
      expect(found.map(({ address }) => address).length).toBeGreaterThanOrEqual(hosts.length);
      // Resolvers of some systems read only the usual spelling of a number.
      for (const { outcome } of found) expect(['forbidden', 'unresolved']).toContain(outcome);
      const ports = connected.mock.calls.map((call) => JSON.stringify(call)).join('');
      expect(ports).not.toContain('18447');
      expect(ports).toContain(new URL(pair.west.agent.address).port);
    } finally {
      connected.mockRestore();
      await pair.west.agent.call('PUT', '/v1/catalog/deregister', { Node: 'strange' });
    }
  });

  it('is probed by the process that checks it for the bot', async () => {
    const pool = createProcessPool({
      count: 1,
      memoryMiB: 256,
      deadlineMs: 30_000,
      environment: {},
      onCall: () => undefined,
    });
    try {
      const log = pino({ level: 'silent' });
      const run = createRunCheck({
        isolated: createIsolated({ config: configOf(), environment: {}, pool, log }),
        pending: { read: () => Promise.resolve({}), note: () => Promise.resolve() },
        probeFromSecond: () => undefined,
        mutesOf: () => Promise.resolve([]),
        addChanges: (report) => Promise.resolve(report),
        severitiesOf: () => [],
      });
      const { probe: probeAlone } = createIsolated({ config: configOf(), environment: {}, pool, log });
      const cluster = { ...clusterOf('west'), address: pair.west.agent.address, probe: { from: 'dmz' } };
      const probed = await probeAlone(cluster, { requestId: 'r', signal: new AbortController().signal });
      expect(probed.ok && probed.value.map(({ outcome }) => outcome)).toContain('tls');
      const outcomes = async (probe: boolean): Promise<readonly string[] | undefined> => {
        const checked = await run(
          { ...clusterOf('west'), address: pair.west.agent.address, probe },
          {
            peer: null,
            requestId: 'r',
            otherSides: [],
            signal: new AbortController().signal,
            onProgress: () => undefined,
          },
        );
        return checked.ok ? checked.value.probes?.map(({ outcome }) => outcome) : undefined;
      };
      expect(await outcomes(true)).toContain('tls');
      expect(await outcomes(false)).toBeUndefined();
    } finally {
      pool.close();
    }
  }, 30_000);

  it('is checked with the outcomes of a second vantage point, whenever they arrive', async () => {
    const pool = createProcessPool({
      count: 1,
      memoryMiB: 256,
      deadlineMs: 30_000,
      environment: {},
      onCall: () => undefined,
    });
    const log = pino({ level: 'silent' });
    const isolated = createIsolated({ config: configOf(), environment: {}, pool, log });
    const cluster = { ...clusterOf('west'), address: pair.west.agent.address, probe: { from: 'dmz' } };
    const server = { requestId: 'r', signal: new AbortController().signal };
    const secondOf = async (
      second: (first: readonly AddressOutcome[]) => Promise<SecondProbes>,
    ): Promise<unknown> => {
      const probed = await isolated.probe(cluster, server);
      const first = probed.ok ? probed.value : [];
      const checked = await isolated.check(cluster, {
        ...server,
        peer: null,
        otherSides: [],
        pendingSince: {},
        second: second(first),
      });
      return checked.ok && checked.value.report.probes?.map((one) => one.second?.outcome);
    };
    try {
      const gone = (first: readonly AddressOutcome[]): SecondProbes => ({
        from: 'dmz',
        outcomes: [...first, { address: '203.0.113.99:1', outcome: 'tls' } as const].map(
          ({ address }) => ({ address, outcome: 'timeout' }) as const,
        ),
      });
      const all = (outcome: string | null) => expect.arrayContaining([outcome]) as unknown;
      expect(await secondOf((first) => Promise.resolve(gone(first)))).toEqual(all('timeout'));
      expect(await secondOf((first) => sleep(2000).then(() => gone(first)))).toEqual(all('timeout'));
      // The answer for the job before is not taken for this one.
      expect(
        await secondOf(() => sleep(100).then(() => ({ from: 'dmz', outcomes: 'late' as const }))),
      ).toEqual(all(null));
    } finally {
      pool.close();
    }
  }, 60_000);

  it.each<[string, Partial<ClusterConfig>, Partial<GatherParts>]>([
    ['its settings do not ask for it', {}, {}],
    ['its settings say false', { probe: false }, {}],
    ['the command has no use for it', { probe: true }, { probe: false }],
    ['its addresses may be those of a file', { probe: true }, { overlay: (_, section) => section }],
  ])('is not probed where %s', async (_name, changes, parts) => {
    expect(await probesOf(changes, parts)).toMatchObject({
      visibility: 'hidden',
      reason: { kind: 'not-gathered' },
    });
  });
});

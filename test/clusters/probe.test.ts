import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createIsolated } from '../../src/clusters/isolated';
import { createProcessPool } from '../../src/clusters/process-pool';
import { createRunCheck } from '../../src/clusters/run-check';
import { createClients } from '../../src/clusters/clients';
import { type GatherParts, gatherCluster } from '../../src/clusters/read-cluster';
import type { ClusterConfig } from '../../src/config/config';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { describeWith } from '../lab/binaries';
import { type PeeredPair, startPeeredPair } from '../lab/pair';
import { clusterOf, configOf } from '../slack/support';

/** An address of this machine that is not loopback. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

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

  const outcomeOfServer = async (address: string): Promise<string | undefined> => {
    const probes = await probesOf({ address, probe: true });
    return probes.visibility === 'hidden'
      ? undefined
      : probes.value.find(({ use }) => use === 'peer-server')?.outcome;
  };

  it('is probed where it is read on loopback, as its addresses are', async () => {
    expect(await outcomeOfServer(pair.west.agent.address)).toBe('tls');
  });

  (outside === undefined ? it.skip : it)('is not probed on loopback where it is read elsewhere', async () => {
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
        mutesOf: () => Promise.resolve([]),
        addChanges: (report) => Promise.resolve(report),
        severitiesOf: () => [],
      });
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

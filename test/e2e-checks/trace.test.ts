import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exit } from '../../src/cli/command';
import { impact } from '../../src/cli/commands/impact';
import { trace } from '../../src/cli/commands/trace';
import type { Impact } from '../../src/report/impact';
import { brokenHop, type Trace } from '../../src/report/trace';
import { runInProcess } from '../cli/support';
import { type ConsulAgent, describeOnVersions } from '../lab/consul';
import { waitFor } from '../lab/process';
import { gateway, register, type Stage, startStage, toApi } from './stage';

/** One change to a healthy pair, and the hop at which `web` of west no longer reaches `api` of east. */
interface Row {
  readonly how: string;
  readonly break: (stage: Stage) => Promise<unknown>;
  readonly hop: string;
  readonly check: string;
}

const deregister = (agent: ConsulAgent, id: string): Promise<unknown> =>
  agent.call('PUT', `/v1/agent/service/deregister/${id}`);

const config = (agent: ConsulAgent, entry: object): Promise<unknown> =>
  agent.call('PUT', '/v1/config', entry);

const rows: readonly Row[] = [
  {
    how: 'the intention is removed',
    break: ({ east }) => east.call('DELETE', '/v1/config/service-intentions/api'),
    hop: 'intention',
    check: 'intentions-allow-peer',
  },
  {
    how: 'the intention names a peer that does not exist',
    break: ({ east }) =>
      config(east, {
        Kind: 'service-intentions',
        Name: 'api',
        Sources: [{ Name: 'web', Peer: 'cluster-02', Action: 'allow' }],
      }),
    hop: 'intention',
    check: 'intentions-allow-peer',
  },
  {
    how: 'the sidecar of the consumer is down',
    break: ({ west }) => west.call('PUT', '/v1/agent/check/fail/service:web-sidecar-proxy'),
    hop: 'consumer',
    check: 'envoy-proxies',
  },
  {
    how: 'the upstream names no peer',
    break: ({ callFromWest }) => callFromWest({ DestinationName: 'api', LocalBindPort: 9191 }),
    hop: 'upstream',
    check: 'upstream-destination-peer',
  },
  {
    how: 'the upstream names a peer that does not exist',
    break: ({ callFromWest }) => callFromWest({ ...toApi, DestinationPeer: 'esat' }),
    hop: 'upstream',
    check: 'upstream-destination-peer',
  },
  {
    how: 'the other side deletes the peering',
    break: ({ east }) => east.call('DELETE', '/v1/peering/west'),
    hop: 'peering',
    check: 'peering-active',
  },
  {
    how: 'local mode, and no gateway on the side of the consumer',
    break: async ({ west }) => {
      await deregister(west, 'mesh-gateway');
      await config(west, { Kind: 'proxy-defaults', Name: 'global', MeshGateway: { Mode: 'local' } });
    },
    hop: 'local-gateway',
    check: 'mesh-gateway-local-registered',
  },
  {
    how: 'no gateway on the side of the destination',
    break: ({ east }) => deregister(east, 'mesh-gateway'),
    hop: 'remote-gateway',
    check: 'upstream-imported',
  },
  {
    how: 'the gateway of the destination fails its check',
    break: ({ east }) => east.call('PUT', '/v1/agent/check/fail/service:mesh-gateway'),
    hop: 'remote-gateway',
    check: 'upstream-imported',
  },
  {
    how: 'the gateway hands out an address that no peer can reach',
    break: ({ east }) => register(east, gateway('169.254.0.10')),
    hop: 'gateway-address',
    check: 'mesh-gateway-wan-address',
  },
  {
    how: 'nothing is exported',
    break: ({ east }) => east.call('DELETE', '/v1/config/exported-services/default'),
    hop: 'exported',
    check: 'upstream-imported',
  },
  {
    how: 'it is exported to another peer',
    break: ({ exportFromEast }) => exportFromEast({ api: ['lab'] }),
    hop: 'exported',
    check: 'upstream-imported',
  },
  {
    how: 'the destination has no sidecar, and a resolver of its name',
    break: async ({ east }) => {
      await config(east, { Kind: 'service-resolver', Name: 'api', ConnectTimeout: '8s' });
      await deregister(east, 'api-sidecar-proxy');
    },
    hop: 'destination',
    check: 'upstream-imported',
  },
  {
    how: 'the sidecar of the destination is down',
    break: ({ east }) => east.call('PUT', '/v1/agent/check/fail/service:api-sidecar-proxy'),
    hop: 'instances',
    check: 'upstream-imported',
  },
  {
    how: 'TLS versions do not meet',
    break: async ({ east, west }) => {
      const limits = (TLS: object) => ({ Kind: 'mesh', TLS });
      await config(east, limits({ Incoming: { TLSMinVersion: 'TLSv1_3' } }));
      await config(west, limits({ Outgoing: { TLSMaxVersion: 'TLSv1_2' } }));
    },
    hop: 'tls',
    check: 'peering-two-sided',
  },
];

describeOnVersions('peering-bot trace, between two real clusters', (version) => {
  let stage: Stage;
  let folder: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    stage = await startStage({ version });
    folder = mkdtempSync(join(tmpdir(), 'trace-'));
    const both = join(folder, 'both.yml');
    const alone = join(folder, 'alone.yml');
    env = { BOTH: both, ALONE: alone, EAST: stage.east.token, WEST: stage.west.token };
    const line = (name: 'east' | 'west', peers: string): string =>
      `  ${name}: { address: "${stage[name].address}", token: { env: ${name.toUpperCase()} }${peers} }\n`;
    writeFileSync(
      both,
      `clusters:\n${line('west', ', peers: { east: east }')}${line('east', ', peers: { west: west }')}`,
    );
    writeFileSync(alone, `clusters:\n${line('west', '')}`);
  }, 60_000);
  afterAll(async () => {
    await stage?.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => stage.reset(), 60_000);

  const run = (argv: readonly string[], file = 'BOTH') =>
    runInProcess([trace], ['trace', ...argv, '--clusters', env[file] ?? ''], { env });

  const traced = async (file = 'BOTH'): Promise<{ readonly code: number; readonly trace: Trace }> => {
    const { code, out, err } = await run(['west', 'web', 'api', '--format', 'json'], file);
    if (out === '') throw new Error(err);
    return { code, trace: JSON.parse(out) as Trace };
  };

  it('reaches the destination where all is well, through hops that were all read', async () => {
    const { code, trace: found } = await traced();
    expect([code, found.reachable]).toEqual([exit.fine, 'yes']);
    expect(found.hops.map(({ status }) => status)).toEqual(found.hops.map(() => 'ok'));
    expect(found.destination).toEqual({ cluster: 'east', peer: 'east', service: 'api' });
  });

  it('does not know where the other side is not configured', async () => {
    const { code, trace: found } = await traced('ALONE');
    expect([code, found.reachable]).toEqual([exit.undecided, 'unknown']);
    const unknown = found.hops.filter(({ status }) => status === 'unknown').map(({ name }) => name);
    // The protocol of a service comes with its endpoints.
    expect(unknown).toEqual(['remote-gateway', 'remote-peering', 'intention', 'tls']);
  });

  it.each(rows.map((row) => [row.how, row] as const))(
    '%s',
    async (_, row) => {
      await row.break(stage);
      const found = await waitFor(
        `the path to break at ${row.hop}`,
        async () => {
          const { code, trace: answer } = await traced();
          const broken = brokenHop(answer);
          return broken?.name === row.hop ? { code, answer, broken } : undefined;
        },
        { timeoutMs: 20_000 },
      );
      expect([found.code, found.answer.reachable]).toEqual([exit.findings, 'no']);
      expect(found.broken.check).toBe(row.check);
      expect(found.broken.evidence.length).toBeGreaterThan(0);
      if (process.env['SHOW']) process.stdout.write((await run(['west', 'web', 'api'])).out);
    },
    60_000,
  );

  it('lists who stops working at the other side', async () => {
    const impactOf = async (cluster: string, part: string): Promise<Impact> => {
      const { out } = await runInProcess(
        [impact],
        ['impact', cluster, part, '--format', 'json', '--clusters', env['BOTH'] ?? ''],
        { env },
      );
      return JSON.parse(out) as Impact;
    };
    const callers = ({ paths }: Impact) =>
      paths.map(({ consumer, effect }) => `${consumer.service} in ${consumer.cluster} ${effect}`);
    expect(callers(await impactOf('west', 'peer/east'))).toEqual(['web in west stops']);
    expect(callers(await impactOf('east', 'api'))).toEqual(['web in west stops']);
    expect(callers(await impactOf('east', 'mesh-gateway'))).toEqual(['web in west stops']);
    // In remote mode no call leaves through a gateway here.
    expect(callers(await impactOf('west', 'mesh-gateway'))).toEqual([]);
  });

  it('names what is near a name that nothing has', async () => {
    const errors = async (...argv: string[]): Promise<string> => {
      const { code, err } = await run(argv);
      expect(code).toBe(exit.usage);
      return err;
    };
    expect(await errors('west', 'wbe', 'api')).toContain('"web"');
    expect(await errors('west', 'web', 'apii')).toContain('"api"');
    expect(await errors('west', 'web', 'api', '--peer', 'esat')).toContain('"east"');
    expect(await errors('wes', 'web', 'api')).toContain('"west"');
  });
});

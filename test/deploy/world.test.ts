import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { check } from '../../src/cli/commands/check';
import type { Report } from '../../src/report/report';
import { runInProcess } from '../cli/support';
import { binary, describeWith } from '../lab/binaries';
import { freePorts, type Managed, startManaged, temporaryFolder, waitFor } from '../lab/process';

jest.setTimeout(240_000);

const folder = resolve(__dirname, '../../sandbox/world');
const sides = ['east', 'west'] as const;
type Side = (typeof sides)[number];

/** The parts that docker-compose.yml runs, on one machine: the same script, on other ports. */
describeWith(['consul', 'envoy'], 'the world of docker-compose.yml', () => {
  const parts: Managed[] = [];
  let work: { path: string; remove: () => void };
  let ports: Record<Side, Record<string, number>>;
  let shared: Record<string, string>;

  const run = (verb: string, env: Readonly<Record<string, string>> = {}): Managed => {
    const part = startManaged('sh', [join(folder, 'world.sh'), verb], { env: { ...shared, ...env } });
    parts.push(part);
    return part;
  };
  const serve = (env: Readonly<Record<string, string>>): void => {
    parts.push(startManaged(process.execPath, [join(folder, 'service.mjs')], { env }));
  };
  const of = (side: Side, admin: 'gatewayAdmin' | 'sidecarAdmin'): Record<string, string> => ({
    CLUSTER: side,
    HTTP_PORT: String(ports[side]['http']),
    GRPC_PORT: String(ports[side]['grpc']),
    GATEWAY_PORT: String(ports[side]['gateway']),
    ADMIN_PORT: String(ports[side][admin]),
  });

  beforeAll(async () => {
    work = await temporaryFolder('world');
    const names =
      'http grpc grpcTls server serfLan serfWan gateway gatewayAdmin service sidecar sidecarAdmin upstream'.split(
        ' ',
      );
    const free = await freePorts(2 * names.length);
    const take = (offset: number) =>
      Object.fromEntries(names.map((name, index) => [name, free[offset + index] ?? 0]));
    ports = { east: take(0), west: take(names.length) };
    const bin = join(work.path, 'bin');
    mkdirSync(bin);
    for (const name of ['consul', 'envoy'] as const) symlinkSync(binary(name), join(bin, name));
    shared = {
      PATH: `${bin}:${process.env['PATH']}`,
      HOME: work.path,
      STATE: join(work.path, 'state'),
      BOT_STATE: join(work.path, 'bot'),
      ADVERTISE: '127.0.0.1',
      CLIENT: '127.0.0.1',
      EAST: `http://127.0.0.1:${ports.east['http']}`,
      WEST: `http://127.0.0.1:${ports.west['http']}`,
      API_PORT: String(ports.east['service']),
      API_SIDECAR_PORT: String(ports.east['sidecar']),
      WEB_PORT: String(ports.west['service']),
      WEB_SIDECAR_PORT: String(ports.west['sidecar']),
      UPSTREAM_PORT: String(ports.west['upstream']),
      // The Envoy at hand may be newer than those that this Consul names; the image's is one of them.
      ENVOY_FLAGS: '-ignore-envoy-compatibility',
    };
  });
  afterAll(async () => {
    await Promise.all(parts.filter((part) => part.running()).map((part) => part.end('SIGKILL')));
    work.remove();
  });

  it('comes up by itself, carries traffic through the peering, and passes the checks', async () => {
    for (const side of sides) {
      const { grpcTls, server, serfLan, serfWan } = ports[side];
      run('agent', {
        ...of(side, 'gatewayAdmin'),
        GRPC_TLS_PORT: String(grpcTls),
        SERVER_PORT: String(server),
        SERF_LAN_PORT: String(serfLan),
        SERF_WAN_PORT: String(serfWan),
      });
    }
    const setUp = run('set-up');
    await waitFor('the set-up', () => !setUp.running(), { timeoutMs: 120_000 });
    expect(setUp.log()).toContain('west imports api');

    serve({ NAME: 'api', PORT: shared['API_PORT'] ?? '' });
    serve({
      NAME: 'web',
      PORT: shared['WEB_PORT'] ?? '',
      UPSTREAM: `http://127.0.0.1:${ports.west['upstream']}/`,
    });
    for (const side of sides) {
      run('gateway', of(side, 'gatewayAdmin'));
      run('sidecar', { ...of(side, 'sidecarAdmin'), SERVICE: side === 'east' ? 'api' : 'web' });
    }
    const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${shared['WEB_PORT']}/`)).text();
    await waitFor('traffic', async () => (await ask()) === 'web heard: api answers\n', {
      timeoutMs: 90_000,
    });

    for (const side of sides) {
      const report = await waitFor(
        `no error in ${side}`,
        async () => {
          const seen = await reportOf(side);
          return seen.summary.errors === 0 ? seen : undefined;
        },
        { timeoutMs: 30_000 },
      );
      const errors = report.results.flatMap(({ id, findings }) =>
        findings.filter(({ severity }) => severity === 'error').map(({ subject }) => [id, subject.name]),
      );
      expect(errors).toEqual([]);
      // The bot's token is enough to look at everything.
      expect(report.results.filter(({ status }) => status === 'unknown').map(({ id }) => id)).toEqual([]);
      expect(report.results.find(({ id }) => id === 'acl-gateway-mesh-write')?.status).toBe('pass');
    }
  });

  it('keeps its tokens in files that only their owner reads', () => {
    for (const state of ['state', 'bot']) {
      const files = readdirSync(join(work.path, state), { recursive: true, encoding: 'utf8' })
        .map((file) => join(work.path, state, file))
        .filter((file) => statSync(file).isFile());
      expect(files.length).toBeGreaterThan(1);
      for (const file of files) expect([file, statSync(file).mode & 0o077]).toEqual([file, 0]);
    }
    const said = parts.map((part) => part.log()).join('\n');
    const secrets = sides.flatMap((side) =>
      [join('state', side, 'management'), join('bot', side)].map((file) =>
        readFileSync(join(work.path, file), 'utf8').trim(),
      ),
    );
    for (const secret of secrets) {
      expect(secret).toMatch(/^[\da-f-]{36}$/);
      expect(said).not.toContain(secret);
    }
  });

  it('can be set up once more, and traffic goes on', async () => {
    const secondRun = run('set-up');
    await waitFor('the set-up', () => !secondRun.running(), { timeoutMs: 60_000 });
    expect(secondRun.log()).toContain('west imports api');
    await waitFor('traffic', flows);
  });

  /** Returns true if a request comes through: web, its sidecar, the gateway of east, the sidecar of api, and api. */
  const flows = async (): Promise<boolean> => {
    const response = await fetch(`http://127.0.0.1:${shared['WEB_PORT']}/`);
    return (await response.text()) === 'web heard: api answers\n';
  };

  /** The findings of the bot with the clusters file that it gets there. */
  const reportOf = async (side: Side): Promise<Report> => {
    const file = join(work.path, 'clusters.yml');
    const text = readFileSync(join(folder, 'clusters.yml'), 'utf8')
      .replace('http://east:8500', shared['EAST'] ?? '')
      .replace('http://west:8500', shared['WEST'] ?? '')
      .replaceAll('/world/bot', shared['BOT_STATE'] ?? '');
    writeFileSync(file, text);
    const { out, err } = await runInProcess([check], ['check', side, '--clusters', file, '--format', 'json']);
    if (out === '') throw new Error(err);
    return JSON.parse(out) as Report;
  };
});

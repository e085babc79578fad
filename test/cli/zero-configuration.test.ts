import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exit } from '../../src/cli/command';
import { acl } from '../../src/cli/commands/acl';
import { check } from '../../src/cli/commands/check';
import { snapshot } from '../../src/cli/commands/snapshot';
import type { Report } from '../../src/report/report';
import { binary, describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { freePorts } from '../lab/process';
import { runInProcess } from './support';

describeWith(['consul'], 'peering-bot without a clusters file, with a real cluster', () => {
  let agent: ConsulAgent;
  let folder: string;
  let https = 0;
  let previous: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'zero-'));
    [https = 0] = await freePorts(1);
    previous = process.cwd();
    process.chdir(folder);
    for (const args of [
      ['ca', 'create'],
      ['cert', 'create', '-server', '-dc', 'dc1'],
    ]) {
      execFileSync(binary('consul'), ['tls', ...args], { cwd: folder });
    }
    agent = await startConsul({
      config: {
        addresses: { http: `127.0.0.1 unix://${join(folder, 'http.sock')}` },
        ports: { https },
        tls: {
          https: {
            ca_file: join(folder, 'consul-agent-ca.pem'),
            cert_file: join(folder, 'dc1-server-consul-0.pem'),
            key_file: join(folder, 'dc1-server-consul-0-key.pem'),
          },
        },
      },
    });
    writeFileSync(join(folder, 'token'), `${agent.token}\n`);
    writeFileSync(join(folder, 'some.yml'), `clusters: { prod: { address: "${agent.address}" } }\n`);
  }, 60_000);
  afterAll(async () => {
    process.chdir(previous);
    await agent?.stop();
    rmSync(folder, { recursive: true });
  });

  const run = (argv: readonly string[], env: Record<string, string> = {}) =>
    runInProcess([check, snapshot, acl], argv, { env });

  const read = async (argv: readonly string[], env: Record<string, string> = {}) => {
    const { code, out, err } = await run([...argv, '-format=json'], env);
    return { code, datacenter: (JSON.parse(out) as Report).cluster.datacenter, err };
  };

  it('checks the cluster of CONSUL_HTTP_ADDR and CONSUL_HTTP_TOKEN', async () => {
    const env = { CONSUL_HTTP_ADDR: agent.address, CONSUL_HTTP_TOKEN: agent.token };
    expect(await read(['check'], env)).toEqual({ code: exit.fine, datacenter: 'dc1', err: '' });
  });

  it.each([
    ['a socket', () => ({ CONSUL_HTTP_ADDR: `unix://${join(folder, 'http.sock')}` })],
    [
      'TLS with a file of certificates',
      () => ({
        CONSUL_HTTP_ADDR: `127.0.0.1:${https}`,
        CONSUL_HTTP_SSL: 'true',
        CONSUL_CACERT: join(folder, 'consul-agent-ca.pem'),
      }),
    ],
    [
      'TLS with a server name',
      () => ({
        CONSUL_HTTP_ADDR: `https://127.0.0.1:${https}`,
        CONSUL_CACERT: join(folder, 'consul-agent-ca.pem'),
        CONSUL_TLS_SERVER_NAME: 'server.dc1.consul',
      }),
    ],
  ])('reads it over %s', async (_, env) => {
    const found = await read(['check'], { ...env(), CONSUL_HTTP_TOKEN_FILE: join(folder, 'token') });
    expect(found).toEqual({ code: exit.fine, datacenter: 'dc1', err: '' });
  });

  it('does not trust a certificate that it cannot verify, unless told so, and says it then', async () => {
    const env = { CONSUL_HTTP_ADDR: `https://127.0.0.1:${https}`, CONSUL_HTTP_TOKEN: agent.token };
    expect((await run(['check'], env)).code).toBe(exit.undecided);
    const { code, err } = await run(['check'], { ...env, CONSUL_HTTP_SSL_VERIFY: 'false' });
    expect(code).toBe(exit.fine);
    expect(err).toContain('CONSUL_HTTP_SSL_VERIFY');
  });

  it('takes the flags of the consul command, with one dash or two, and they win', async () => {
    const wrong = { CONSUL_HTTP_ADDR: '127.0.0.1:1', CONSUL_HTTP_TOKEN: 'wrong' };
    const file = join(folder, 'token');
    for (const argv of [
      [`-http-addr=${agent.address}`, `-token-file=${file}`],
      ['--http-addr', agent.address, '--token-file', file],
      [`-http-addr=${agent.address}`, `-token=${agent.token}`],
    ]) {
      expect((await read(['check', ...argv], wrong)).code).toBe(exit.fine);
    }
  });

  it('also saves a snapshot and inspects tokens', async () => {
    const env = { CONSUL_HTTP_ADDR: agent.address, CONSUL_HTTP_TOKEN: agent.token };
    const file = join(folder, 'saved.json');
    expect((await run(['snapshot', '--out', file], env)).code).toBe(exit.fine);
    expect(readFileSync(file, 'utf8')).not.toContain(agent.token);
    expect((await run(['check', '--snapshot', file])).code).toBe(exit.fine);
    expect((await run(['acl'], env)).code).toBe(exit.fine);
  });

  it('expects a name where a clusters file lies about', async () => {
    const { code, err } = await run(['check'], {
      PEERING_CLUSTERS: join(folder, 'some.yml'),
      CONSUL_HTTP_ADDR: agent.address,
    });
    expect(code).toBe(exit.usage);
    expect(err).toContain('prod');
  });
});

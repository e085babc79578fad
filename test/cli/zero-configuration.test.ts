import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

  describe('uses the settings that the consul command would use', () => {
    const good = () => agent.token;
    const at = (file: string) => join(folder, file);
    const tls = () => ({
      CONSUL_HTTP_ADDR: `127.0.0.1:${https}`,
      CONSUL_HTTP_SSL: 'true',
      CONSUL_HTTP_TOKEN: good(),
    });
    const plain = (env: Record<string, string>) => ({ CONSUL_HTTP_ADDR: agent.address, ...env });
    beforeAll(() => {
      mkdirSync(at('cas'));
      cpSync(at('consul-agent-ca.pem'), join(at('cas'), 'ca.pem'));
      execFileSync(binary('consul'), ['tls', 'ca', 'create', '-domain', 'other'], { cwd: folder });
      writeFileSync(at('padded'), `  ${agent.token} \r\n`);
      writeFileSync(at('blank'), '\n');
      writeFileSync(at('wrong'), 'wrong\n');
    });

    it.each<[string, () => [Record<string, string>, string[]], boolean]>([
      ['a padded token file', () => [plain({ CONSUL_HTTP_TOKEN_FILE: at('padded') }), []], true],
      [
        'the file over the variable',
        () => [plain({ CONSUL_HTTP_TOKEN_FILE: at('token'), CONSUL_HTTP_TOKEN: 'wrong' }), []],
        true,
      ],
      [
        'the variable where the file is blank',
        () => [plain({ CONSUL_HTTP_TOKEN_FILE: at('blank'), CONSUL_HTTP_TOKEN: good() }), []],
        true,
      ],
      [
        'no file that is not there',
        () => [plain({ CONSUL_HTTP_TOKEN_FILE: at('absent'), CONSUL_HTTP_TOKEN: good() }), []],
        false,
      ],
      [
        '-token over the file of a variable',
        () => [plain({ CONSUL_HTTP_TOKEN_FILE: at('wrong') }), [`-token=${good()}`]],
        true,
      ],
      ['-token over the variable', () => [plain({ CONSUL_HTTP_TOKEN: good() }), ['-token=wrong']], false],
      ['-token-file over -token', () => [plain({}), ['-token=wrong', `-token-file=${at('token')}`]], true],
      [
        '-token-file over the variable',
        () => [plain({ CONSUL_HTTP_TOKEN: good() }), [`-token-file=${at('wrong')}`]],
        false,
      ],
      ['the variable where -token is empty', () => [plain({ CONSUL_HTTP_TOKEN: good() }), ['-token=']], true],
      [
        'the variable where -token-file is empty',
        () => [plain({ CONSUL_HTTP_TOKEN: good() }), ['-token-file=']],
        true,
      ],
      [
        'the variable where -http-addr is empty',
        () => [plain({ CONSUL_HTTP_TOKEN: good() }), ['-http-addr=']],
        true,
      ],
      [
        '-http-addr over the variable',
        () => [
          { CONSUL_HTTP_ADDR: '127.0.0.1:1', CONSUL_HTTP_TOKEN: good() },
          [`-http-addr=${agent.address}`],
        ],
        true,
      ],
      ['a folder of certificates', () => [{ ...tls(), CONSUL_CAPATH: at('cas') }, []], true],
      ['-ca-path', () => [tls(), [`-ca-path=${at('cas')}`]], true],
      [
        'a file of certificates over a folder',
        () => [{ ...tls(), CONSUL_CACERT: at('other-agent-ca.pem') }, [`-ca-path=${at('cas')}`]],
        false,
      ],
      [
        '-ca-file over the variable',
        () => [
          { ...tls(), CONSUL_CACERT: at('other-agent-ca.pem') },
          [`-ca-file=${at('consul-agent-ca.pem')}`],
        ],
        true,
      ],
      [
        'TLS although the address says http',
        () => [
          {
            ...tls(),
            CONSUL_HTTP_ADDR: `http://127.0.0.1:${https}`,
            CONSUL_CACERT: at('consul-agent-ca.pem'),
          },
          [],
        ],
        true,
      ],
      ['no verification', () => [{ ...tls(), CONSUL_HTTP_SSL_VERIFY: '0' }, []], true],
      [
        'the server name',
        () => [
          { ...tls(), CONSUL_CACERT: at('consul-agent-ca.pem'), CONSUL_TLS_SERVER_NAME: 'nope.example' },
          [],
        ],
        false,
      ],
      [
        '-tls-server-name over the variable',
        () => [
          { ...tls(), CONSUL_CACERT: at('consul-agent-ca.pem'), CONSUL_TLS_SERVER_NAME: 'nope.example' },
          ['-tls-server-name=server.dc1.consul'],
        ],
        true,
      ],
    ])('%s', async (_, given, works) => {
      const [env, flags] = given();
      const consul = spawnSync(binary('consul'), ['acl', 'token', 'read', '-self', ...flags], {
        env,
        cwd: folder,
      });
      expect(consul.status === 0).toBe(works);
      expect((await run(['check', ...flags], env)).code === exit.fine).toBe(works);
    });
  });

  it.each<[string, () => [Record<string, string>, string[]], RegExp]>([
    [
      'a token file that is not there',
      () => [{ CONSUL_HTTP_TOKEN_FILE: '/absent' }, []],
      /CONSUL_HTTP_TOKEN_FILE: /,
    ],
    ['a token file of a flag', () => [{}, ['-token-file=/absent']], /-token-file: /],
    ['certificates that are not there', () => [{ CONSUL_CACERT: '/absent' }, []], /CONSUL_CACERT: /],
    ['certificates of a flag', () => [{}, ['-ca-file=/absent']], /-ca-file: /],
    [
      'certificates that are none',
      () => [{ CONSUL_CACERT: join(folder, 'token') }, []],
      /CONSUL_CACERT with/,
    ],
    ['another CA', () => [{}, []], /Set CONSUL_CACERT /],
    [
      'another server name',
      () => [{ CONSUL_CACERT: join(folder, 'consul-agent-ca.pem') }, ['-tls-server-name=nope']],
      /Set -tls-server-name /,
    ],
    ['a socket that is not there', () => [{ CONSUL_HTTP_ADDR: 'unix:///absent.sock' }, []], /Check the path/],
    ['a wrong port', () => [{ CONSUL_HTTP_ADDR: '127.0.0.1:1' }, []], /Check CONSUL_HTTP_ADDR,/],
  ])('names %s by its variable or flag', async (_, given, expected) => {
    const [env, flags] = given();
    const { code, err } = await run(['check', ...flags], {
      CONSUL_HTTP_ADDR: `https://127.0.0.1:${https}`,
      ...env,
    });
    expect(code).not.toBe(exit.fine);
    expect(err).toMatch(expected);
    expect(err).not.toMatch(/tls\.|clusters/);
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

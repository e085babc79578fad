import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterOfConsulEnvironment } from '../../src/config/consul-environment';

/** A program of the system. */
const mkfifo = 'mkfifo';

const clusterOf = (env: Record<string, string>, flags: Record<string, string> = {}) => {
  const found = clusterOfConsulEnvironment(env, flags);
  return found.ok ? found.value.cluster : found.error;
};

describe('the cluster of the consul command', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'capath-'));
    writeFileSync(join(folder, 'b.pem'), 'b');
    writeFileSync(join(folder, 'a.pem'), 'a');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['the default', {}, 'http://127.0.0.1:8500', '127.0.0.1:8500'],
    ['host and port', { CONSUL_HTTP_ADDR: 'consul:8500' }, 'http://consul:8500', 'consul:8500'],
    [
      'TLS by the variable',
      { CONSUL_HTTP_ADDR: 'consul:8501', CONSUL_HTTP_SSL: 'true' },
      'https://consul:8501',
      'consul:8501',
    ],
    [
      'TLS by the variable, over http in the address',
      { CONSUL_HTTP_ADDR: 'http://consul:8501', CONSUL_HTTP_SSL: '1' },
      'https://consul:8501',
      'consul:8501',
    ],
    [
      'TLS by the address',
      { CONSUL_HTTP_ADDR: 'https://consul:8501', CONSUL_HTTP_SSL: 'false' },
      'https://consul:8501',
      'consul:8501',
    ],
    [
      'a socket',
      { CONSUL_HTTP_ADDR: 'unix:///run/consul/http.sock' },
      'unix:///run/consul/http.sock',
      'http.sock',
    ],
  ])('takes %s', (_, env, address, name) => {
    expect(clusterOf(env as Record<string, string>)).toMatchObject({ address, name });
  });

  it('reads the token from its variable, and from the file where both are set', () => {
    expect(clusterOf({})).not.toHaveProperty('token');
    expect(clusterOf({ CONSUL_HTTP_TOKEN: 'x' })).toMatchObject({ token: { env: 'CONSUL_HTTP_TOKEN' } });
    expect(clusterOf({ CONSUL_HTTP_TOKEN: 'x', CONSUL_HTTP_TOKEN_FILE: '/t' })).toMatchObject({
      token: { file: '/t' },
    });
  });

  it('leaves a pipe with the token to its reader', () => {
    const pipe = join(folder, 'token');
    execFileSync(mkfifo, [pipe]);
    const found = clusterOf({ CONSUL_HTTP_TOKEN: 'x' }, { 'token-file': pipe });
    rmSync(pipe);
    expect(found).toMatchObject({ token: { file: pipe } });
  });

  it('reads TLS and tenancy settings, and flags win', () => {
    const env = {
      CONSUL_HTTP_ADDR: 'one:8501',
      CONSUL_CACERT: '/ca',
      CONSUL_CLIENT_CERT: '/cert',
      CONSUL_CLIENT_KEY: '/key',
      CONSUL_TLS_SERVER_NAME: 'server.dc1.consul',
      CONSUL_NAMESPACE: 'team',
      CONSUL_PARTITION: 'part',
      CONSUL_HTTP_SSL_VERIFY: 'false',
    };
    expect(clusterOf(env, { 'http-addr': 'two:8501', 'ca-file': '/other', namespace: 'flag' })).toMatchObject(
      {
        address: 'http://two:8501',
        namespace: 'flag',
        partition: 'part',
        tls: {
          caFile: '/other',
          certFile: '/cert',
          keyFile: '/key',
          serverName: 'server.dc1.consul',
          skipVerify: true,
        },
      },
    );
  });

  it('takes each file in the folder of certificates, unless a file is named', () => {
    expect(clusterOf({ CONSUL_CAPATH: folder })).toMatchObject({
      tls: { caFiles: [join(folder, 'a.pem'), join(folder, 'b.pem')] },
    });
    expect(clusterOf({ CONSUL_CAPATH: folder, CONSUL_CACERT: '/ca' })).toMatchObject({
      tls: { caFile: '/ca' },
    });
  });

  it.each([
    ['CONSUL_HTTP_ADDR', { CONSUL_HTTP_ADDR: 'http://consul:8500/path' }],
    ['CONSUL_HTTP_ADDR', { CONSUL_HTTP_ADDR: 'ftp://consul' }],
    ['CONSUL_HTTP_ADDR', { CONSUL_HTTP_ADDR: 'unix://relative' }],
    ['CONSUL_HTTP_SSL', { CONSUL_HTTP_SSL: 'yes' }],
    ['CONSUL_HTTP_SSL_VERIFY', { CONSUL_HTTP_SSL_VERIFY: 'nope' }],
    ['CONSUL_CAPATH', { CONSUL_CAPATH: '/no/such/folder' }],
    ['CONSUL_CLIENT_KEY', { CONSUL_CLIENT_CERT: '/cert' }],
  ])('names %s where it is wrong', (variable, env) => {
    expect(clusterOf(env as Record<string, string>)).toEqual(expect.stringContaining(variable));
  });
});

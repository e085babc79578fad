import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterConfig } from '../../src/config/config';
import { readConnection } from '../../src/config/connection';

const cluster: ClusterConfig = {
  name: 'prod-east',
  address: 'https://x',
  token: { env: 'READ' },
  peeringToken: { env: 'WRITE' },
  tls: {},
  allowPlainHttp: false,
  gatewayTokens: [],
  peers: {},
};

describe('a connection', () => {
  it('takes the token of its purpose, and never the other one', () => {
    const env = { READ: 'r', WRITE: 'w' };
    expect(readConnection(cluster, env)).toMatchObject({ ok: true, value: { token: 'r' } });
    expect(readConnection(cluster, env, 'write')).toMatchObject({ ok: true, value: { token: 'w' } });
    const { peeringToken: _, ...readOnly } = cluster;
    expect(readConnection(readOnly, env, 'write')).toMatchObject({
      ok: false,
      error: expect.stringContaining('peering_token'),
    });
  });

  it('reads the password of its proxy, and names it where it is missing', () => {
    const proxy = { address: 'http://proxy.example:3128', user: 'bot', password: { env: 'PROXY' } };
    expect(readConnection({ ...cluster, proxy }, { READ: 'r', PROXY: 'p' })).toMatchObject({
      ok: true,
      value: { proxy: { address: proxy.address, user: 'bot', password: 'p' } },
    });
    expect(readConnection({ ...cluster, proxy }, { READ: 'r' })).toMatchObject({
      ok: false,
      error: expect.stringContaining('proxy.password'),
    });
  });

  it('reads the TLS files, and names the one that it cannot read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tls-'));
    try {
      writeFileSync(join(folder, 'ca.pem'), 'PEM');
      const tls = { caFile: join(folder, 'ca.pem'), serverName: 'server.dc1.consul' };
      expect(readConnection({ ...cluster, tls }, { READ: 'r' })).toMatchObject({
        ok: true,
        value: { tls: { ca: 'PEM', serverName: 'server.dc1.consul' } },
      });
      const gone = { certFile: join(folder, 'none.pem') };
      expect(readConnection({ ...cluster, tls: gone }, { READ: 'r' })).toMatchObject({
        ok: false,
        error: expect.stringContaining('cert_file'),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

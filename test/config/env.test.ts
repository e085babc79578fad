import { chmodSync, mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnv } from '../../src/config/env';
import { clustersPath, allProcessUses, type ProcessUses } from '../../src/config/process-uses';
import { loadConfig } from '../../src/config/load-config';
import { readSecret } from '../../src/config/secret';

const key = 'the-output-of-openssl-rand-hex-32';
const base = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  REDIS_URL: 'redis://localhost',
  PEERING_SIGNING_KEY: key,
};
const missing = (env: Record<string, string>, uses: ProcessUses): string[] => {
  const checked = readEnv(env, uses);
  return checked.ok ? [] : checked.error.map(({ path }) => path).sort();
};

describe('the environment', () => {
  it('prefers Socket Mode, and takes HTTP mode without an app token', () => {
    const socket = readEnv({ ...base, SLACK_SIGNING_SECRET: 'x'.repeat(16), PORT: '3000' }, allProcessUses);
    expect(socket).toMatchObject({ ok: true, value: { slack: { mode: { kind: 'socket' } } } });
    const http = readEnv(
      {
        SLACK_BOT_TOKEN: 'xoxb-1',
        REDIS_URL: 'rediss://r',
        PEERING_SIGNING_KEY: key,
        SLACK_SIGNING_SECRET: 'x'.repeat(16),
        PORT: '3000',
      },
      allProcessUses,
    );
    expect(http).toMatchObject({ ok: true, value: { slack: { mode: { kind: 'http', port: 3000 } } } });
  });

  it('asks only for what the role and the queues use', () => {
    expect(missing({}, allProcessUses)).toEqual([
      'PEERING_SIGNING_KEY',
      'REDIS_URL',
      'SLACK_APP_TOKEN',
      'SLACK_BOT_TOKEN',
    ]);
    expect(missing({}, { roles: ['worker'], queues: ['checks'] })).toEqual([
      'PEERING_SIGNING_KEY',
      'REDIS_URL',
      'SLACK_BOT_TOKEN',
    ]);
    expect(missing(base, allProcessUses)).toEqual([]);
  });

  it.each([
    ['SLACK_BOT_TOKEN', 'xoxp-LEAK'],
    ['SLACK_APP_TOKEN', 'LEAK'],
    ['SLACK_API_URL', 'LEAK'],
    ['REDIS_URL', 'http://LEAK'],
    ['HEALTH_PORT', '70000'],
    ['LOG_LEVEL', 'LEAK'],
    ['PEERING_SIGNING_KEY', 'LEAK'],
    ['PEERING_SIGNING_KEY_PREVIOUS', 'LEAK'],
  ])('refuses a wrong %s without repeating it', (variable, value) => {
    const checked = readEnv({ ...base, [variable]: value }, allProcessUses);
    expect(checked).toMatchObject({ ok: false, error: [{ file: 'environment', path: variable }] });
    expect(JSON.stringify(checked)).not.toContain('LEAK');
  });

  it('keeps the health server on loopback unless told otherwise', () => {
    const checked = readEnv({ ...base, HEALTH_PORT: '9000' }, allProcessUses);
    expect(checked).toMatchObject({ ok: true, value: { health: { host: '127.0.0.1', port: 9000 } } });
  });

  it('finds the clusters file by flag, variable and name, in this order', () => {
    expect(clustersPath({ PEERING_CLUSTERS: 'v' }, 'f')).toBe('f');
    expect(clustersPath({ PEERING_CLUSTERS: 'v' })).toBe('v');
    expect(clustersPath({})).toBe('clusters.yml');
  });
});

describe('secrets', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are read from a variable or a file, without the newline at its end', () => {
    writeFileSync(join(folder, 't'), 'abc\n');
    expect(readSecret({ file: join(folder, 't') }, {})).toEqual({ ok: true, value: 'abc' });
    expect(readSecret({ env: 'T' }, { T: 'abc' })).toEqual({ ok: true, value: 'abc' });
  });

  it('name what is missing, and show nothing of a value that no header can carry', () => {
    writeFileSync(join(folder, 'e'), '\n');
    writeFileSync(join(folder, 'two'), 'LEAK\nLEAK');
    for (const [ref, named] of [
      [{ env: 'NOT_SET' }, 'NOT_SET'],
      [{ file: join(folder, 'none') }, 'none'],
      [{ file: join(folder, 'e') }, join(folder, 'e')],
      [{ file: join(folder, 'two') }, join(folder, 'two')],
    ] as const) {
      const read = readSecret(ref, {});
      if (read.ok) throw new Error('expected a refusal');
      expect(read.error).toContain(named);
      expect(read.error).not.toContain('LEAK');
    }
  });

  it('are needed only by the roles and queues that use them', () => {
    const file = join(folder, 'clusters.yml');
    writeFileSync(
      file,
      'clusters:\n  a:\n    address: https://x\n    token: { env: READ }\n    peering_token: { env: WRITE }\n    tls: { ca_file: none.pem }\n',
    );
    const paths = (uses: ProcessUses, env: Record<string, string> = {}): string[] => {
      const checked = loadConfig(file, { ...base, ...env }, uses);
      return checked.ok ? [] : checked.error.map(({ path }) => path);
    };
    expect(paths({ roles: ['bot'], queues: [] })).toEqual([]);
    expect(paths({ roles: ['worker'], queues: ['checks'] })).toEqual([
      'clusters.a.token',
      'clusters.a.tls.ca_file',
    ]);
    expect(paths(allProcessUses, { READ: 'r' })).toEqual([
      'clusters.a.tls.ca_file',
      'clusters.a.peering_token',
    ]);
    const prober = (probeFrom: string): ProcessUses => ({ roles: ['worker'], queues: [], probeFrom });
    expect(paths(prober('dmz'))).toEqual([]);
    writeFileSync(file, `${readFileSync(file, 'utf8')}    probe: { from: dmz }\n`);
    expect(paths(prober('dmz'))).toEqual(['clusters.a.token', 'clusters.a.tls.ca_file']);
    expect(paths(prober('lab'))).toEqual([]);
    writeFileSync(join(folder, 'none.pem'), '');
    expect(paths(allProcessUses, { READ: 'r', WRITE: 'w' })).toEqual([]);
    if (process.getuid?.() !== 0) {
      chmodSync(join(folder, 'none.pem'), 0o000);
      expect(paths(allProcessUses, { READ: 'r', WRITE: 'w' })).toEqual(['clusters.a.tls.ca_file']);
    }
  });
});

import { pino } from 'pino';
import { createCurrentConfig } from '../../src/app/current-config';
import { prepareConnections } from '../../src/app/connections';
import { readEnv, readSigningKeys } from '../../src/config/env';
import { allProcessUses } from '../../src/config/process-uses';
import { exposesPassword } from '../../src/config/plain-http';
import { parseRedisUrl } from '../../src/redis/connect';
import { noTracing } from '../../src/tracing/tracing';
import { configOf } from '../slack/support';

const base = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  REDIS_URL: 'redis://localhost',
  PEERING_SIGNING_KEY: 'the-output-of-openssl-rand-hex-32',
};

/** The variables that have problems. */
const wrong = (env: Readonly<Record<string, string>>): readonly string[] => {
  const read = readEnv({ ...base, ...env }, allProcessUses);
  return read.ok ? [] : read.error.map(({ path }) => path);
};

describe('the address of Slack', () => {
  it.each(['http://slack.example/api/', 'HTTP://slack.example/api/', 'http://127.0.0.1.slack.example/'])(
    'is refused as %s, which others can read',
    (url) => expect(wrong({ SLACK_API_URL: url })).toEqual(['SLACK_API_URL']),
  );

  it.each(['https://slack.example/api/', 'http://127.0.0.1:3000/api/', 'http://localhost:3000/api/'])(
    'is accepted as %s',
    (url) => expect(wrong({ SLACK_API_URL: url })).toEqual([]),
  );

  it.each(['http:', 'http://', '//x', ''])('%j throws nothing', (url) => {
    expect(() => wrong({ SLACK_API_URL: url })).not.toThrow();
  });
});

describe('the password of Redis', () => {
  const exposed = (url: string): boolean => {
    const address = parseRedisUrl(url);
    if (!address.ok) throw new Error(address.error);
    return exposesPassword(address.value);
  };

  it.each([
    ['redis://:pw@redis.example', true],
    ['redis://user:pw@10.0.0.1', true],
    ['redis-sentinel://:pw@127.0.0.1,10.0.0.1/main', true],
    ['redis-sentinel://10.0.0.1/main?sentinel_password=pw', true],
    ['redis-cluster://:pw@10.0.0.1', true],
    ['rediss://:pw@redis.example', false],
    ['redis://redis.example', false],
    ['redis://:pw@127.0.0.1', false],
    ['redis://:pw@[::1]:6379', false],
    ['redis://:pw@localhost', false],
  ])('in %s is exposed: %s', (url, expected) => expect(exposed(url)).toBe(expected));

  it('is said loudly at the start, without the password', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const env = readEnv({ ...base, REDIS_URL: 'redis://:hunter2@192.0.2.1:1' }, allProcessUses);
    if (!env.ok) throw new Error('expected an environment');
    const auditAnchor = { kind: 'consul', cluster: 'no-such-cluster', path: 'x' } as const;
    // Ends before anything is opened.
    const opened = prepareConnections({
      env: { ...env.value, auditAnchor },
      configuration: createCurrentConfig(configOf()),
      environment: {},
      uses: allProcessUses,
      log,
      tracing: noTracing,
    });
    expect(opened.ok).toBe(false);
    expect(lines.join('')).toContain('in plain text');
    expect(lines.join('')).not.toContain('hunter2');
  });
});

describe('a signing key', () => {
  const weak = [
    'a'.repeat(64),
    'ab'.repeat(32),
    'changeme'.repeat(8),
    '0123456789abcdef'.repeat(4),
    '1'.repeat(31),
  ];

  it.each(weak)('that can be guessed is refused: %s', (key) => {
    expect(wrong({ PEERING_SIGNING_KEY: key })).toEqual(['PEERING_SIGNING_KEY']);
    expect(wrong({ PEERING_SIGNING_KEY_PREVIOUS: key })).toEqual(['PEERING_SIGNING_KEY_PREVIOUS']);
    expect(readSigningKeys({ PEERING_SIGNING_KEY: key }).ok).toBe(false);
    const read = readEnv({ ...base, PEERING_SIGNING_KEY: key }, allProcessUses);
    expect(JSON.stringify(read)).not.toContain(key);
  });
});

describe('verification of servers', () => {
  it('cannot be turned off for the bot', () => {
    expect(wrong({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toEqual(['NODE_TLS_REJECT_UNAUTHORIZED']);
    expect(wrong({ NODE_TLS_REJECT_UNAUTHORIZED: '1' })).toEqual([]);
  });
});

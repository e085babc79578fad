import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit } from '../../src/cli/commands/audit';
import { createSigner } from '../../src/signing/sign';
import { type Audit, auditKeys, openAudit } from '../../src/features/audit/audit.store';
import type { AuditEvent } from '../../src/access/audit-event';
import type { AuditEntry } from '../../src/features/audit/audit-chain';
import type { RedisClient } from '../../src/redis/redis';
import { describeWith } from '../lab/binaries';
import { type RedisServer, startRedis } from '../lab/redis';
import { runInProcess } from './support';
import { connectTestRedis } from '../redis-client';

const key = 'a-key-of-at-least-32-characters!';
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runInProcess([audit], ['audit', ...args], { env });

describeWith(['redis'], 'peering-bot audit', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let trail: Audit;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'working');
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    await redis.flushall();
    trail = openAudit(redis, createSigner(key), { maxAgeMs: Infinity, onEntry: () => undefined });
  });

  const note = (action: string, more: Partial<AuditEvent> = {}): Promise<AuditEntry> =>
    trail.append({
      action,
      requestId: 'request0001',
      person: 'U1',
      team: 'T1',
      cluster: 'prod-east',
      hash: null,
      detail: '',
      ...more,
    });
  const env = () => ({ REDIS_URL: server.url, PEERING_SIGNING_KEY: key });

  it('says that Redis does not answer', async () => {
    await server.kill();
    const { code, err } = await run([], env());
    await server.restart();
    expect(code).toBe(3);
    expect(err).toContain('REDIS_URL');
  });

  it('shows the trail, oldest first, needing no key', async () => {
    await note('request', { detail: 'token of prod-east for west' });
    await note('refused-click', { person: 'U2', cluster: null, requestId: null });
    const { code, out, err } = await run([], { REDIS_URL: server.url });
    expect([code, err]).toEqual([0, '']);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^20\S+Z +request +U1 +prod-east +request0001 +token of prod-east for west$/);
    expect(lines[1]).toMatch(/^20\S+Z +refused-click +U2 +- +-$/);
  });

  it('gives whole entries as JSON lines, which can be read back', async () => {
    const first = await note('approve');
    const second = await note('reveal', { detail: 'a "quoted"\n\u202ereason' });
    const { code, out } = await run(['--format', 'jsonl'], env());
    expect(code).toBe(0);
    expect(out).not.toMatch(/\u202e/u);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([first, second]);
  });

  it('shows nothing of a trail that nobody began', async () => {
    expect(await run(['--verify'], env())).toMatchObject({ code: 0, out: '' });
  });

  it('leaves out what is older than asked for', async () => {
    const { at } = await note('request');
    const count = async (since: string): Promise<number> =>
      (await run(['--since', since], env())).out.split('\n').length - 1;
    expect(await count('1h')).toBe(1);
    expect(await count('2020-01-01')).toBe(1);
    expect(await count(new Date(at).toISOString())).toBe(1);
    expect(await count(new Date(at + 1).toISOString())).toBe(0);
  });

  it('shows what acts on a terminal, and does not repeat it', async () => {
    await note('deny', { detail: '\u001b]0;owned\u0007 <!channel>', person: 'U\u001b[31m' });
    expect((await run([], env())).out).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/u);
  });

  describe('--verify', () => {
    beforeEach(async () => {
      for (const action of ['request', 'approve', 'generate', 'reveal']) await note(action);
    });

    it('says that a complete trail is complete', async () => {
      const { code, err } = await run(['--verify'], env());
      expect([code, err.split(';')[0]]).toEqual([0, 'peering-bot: the trail is complete: 4 entries']);
      expect(err).toContain('PEERING_AUDIT_ANCHOR');
    });

    const entry = async (index: number): Promise<string> => (await redis.lindex(auditKeys.list, index)) ?? '';

    it.each([
      [
        'changed',
        2,
        async (): Promise<unknown> => redis.lset(auditKeys.list, 1, (await entry(1)).replace('U1', 'U9')),
      ],
      ['taken out', 3, async (): Promise<unknown> => redis.lrem(auditKeys.list, 1, await entry(2))],
      ['made up', 4, async (): Promise<unknown> => redis.lset(auditKeys.list, 3, await entry(0))],
      ['cut off the end', 4, async (): Promise<unknown> => redis.rpop(auditKeys.list)],
      ['cut off the beginning', 1, async (): Promise<unknown> => redis.lpop(auditKeys.list)],
    ] as const)('names the first gap where one was %s', async (_, seq, harm) => {
      await harm();
      const { code, err } = await run(['--verify'], env());
      expect(code).toBe(1);
      expect(err).toMatch(new RegExp(`\\b(?:entry ${seq}|after ${seq - 1})\\b`));
      expect((await run([], env())).code).toBe(0);
    });

    it('takes no trail of another key', async () => {
      const other = { ...env(), PEERING_SIGNING_KEY: 'another-key-of-at-least-32-chars!' };
      expect((await run(['--verify'], other)).code).toBe(1);
    });

    it('takes a trail of the previous key, which may be in a file', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'peering-bot-audit-'));
      const file = join(folder, 'previous');
      try {
        await writeFile(file, `${env().PEERING_SIGNING_KEY}\n`);
        const after = {
          ...env(),
          PEERING_SIGNING_KEY: 'another-key-of-at-least-32-chars!',
          PEERING_SIGNING_KEY_PREVIOUS_FILE: file,
        };
        expect((await run(['--verify'], after)).code).toBe(0);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });

  it.each([
    [[], {}],
    [[], { REDIS_URL: 'http://127.0.0.1' }],
    [['--verify'], { REDIS_URL: 'redis://127.0.0.1:1' }],
    [['--since', 'yesterday'], { REDIS_URL: 'redis://127.0.0.1:1' }],
    [['--since', '2026-02-30'], { REDIS_URL: 'redis://127.0.0.1:1' }],
    [['--since', '2026-13-01'], { REDIS_URL: 'redis://127.0.0.1:1' }],
    [['--format', 'yaml'], { REDIS_URL: 'redis://127.0.0.1:1' }],
    [['prod-east'], { REDIS_URL: 'redis://127.0.0.1:1' }],
  ])('answers a slip with status 2: %j %j', async (args, given) => {
    const { code, out, err } = await run(args, given);
    expect([code, out]).toEqual([2, '']);
    expect(err).not.toBe('');
  });
});

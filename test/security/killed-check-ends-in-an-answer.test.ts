import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { createIsolated } from '../../src/clusters/isolated';
import type { CheckJob } from '../../src/clusters/process-messages';
import {
  createProcessPool,
  type ProcessPool,
  type ProcessPoolOptions,
} from '../../src/clusters/process-pool';
import { type Handler, send, serve } from '../consul/server';
import { clusterOf, configOf } from '../slack/support';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const poolOf = (options: Partial<ProcessPoolOptions> = {}): ProcessPool => {
  const pool = createProcessPool({
    count: 2,
    memoryMiB: 256,
    deadlineMs: 30_000,
    environment: {},
    onCall: () => undefined,
    ...options,
  });
  ends.push(pool.close);
  return pool;
};

const isolatedWith = (pool: ProcessPool) => {
  const isolated = createIsolated({
    config: configOf(),
    environment: {},
    pool,
    log: pino({ level: 'silent' }),
  });
  return async (handler: Handler, signal = new AbortController().signal) => {
    const server = await serve(handler);
    ends.push(server.close);
    const cluster = { ...clusterOf('prod-east'), address: server.origin };
    const checked = await isolated.check(cluster, {
      peer: null,
      pendingSince: {},
      requestId: 'r',
      otherSides: [],
      signal,
    });
    return checked.ok ? 'a report' : checked.error.cause;
  };
};

const names = (count: number): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`service-${n}`, []])));

const small: Handler = (response, _, { url = '' }) =>
  url.startsWith('/v1/status/leader')
    ? send(response, 200, '"127.0.0.1:8300"')
    : send(response, 403, 'Permission denied');

/** Only one answer is large: several at once would be given up before they are parsed. */
const large =
  (body: string): Handler =>
  (response, nth, request) =>
    request.url === '/v1/catalog/services' ? send(response, 200, body) : small(response, nth, request);

const hanging: Handler = () => undefined;

it('ends as out of memory where a cluster needs more than there is, and the next one is checked', async () => {
  const check = isolatedWith(poolOf({ memoryMiB: 48 }));
  const body = names(800_000);
  expect(await check(large(body))).toBe('out-of-memory');
  expect(await check(small)).toBe('a report');
}, 60_000);

it('ends as too late after its deadline, and the next one is checked', async () => {
  const check = isolatedWith(poolOf({ deadlineMs: 8000 }));
  expect(await check(hanging)).toBe('deadline');
  expect(await check(small)).toBe('a report');
}, 60_000);

it('ends at once where it is cancelled', async () => {
  const check = isolatedWith(poolOf());
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(), 500);
  expect(await check(hanging, cancel.signal)).toBe('timeout');
}, 60_000);

it('ends as an internal error where its code throws, told without its message', async () => {
  const pool = poolOf();
  const bugs: unknown[] = [];
  const broken = { kind: 'check', cluster: clusterOf('prod-east'), environment: {} } as unknown as CheckJob;
  const ran = await pool.run(broken, {
    signal: new AbortController().signal,
    onBug: (bug) => bugs.push(bug),
  });
  expect(ran).toEqual({ ok: false, error: 'threw' });
  expect(bugs).toMatchObject([{ where: 'check', name: 'TypeError' }]);
  expect(JSON.stringify(bugs)).not.toContain('undefined');
}, 60_000);

it('fails no other check that runs beside it', async () => {
  const check = isolatedWith(poolOf({ memoryMiB: 48 }));
  const body = names(800_000);
  const [killed, other] = await Promise.all([
    check(large(body)),
    check((response, nth, request) => void setTimeout(() => small(response, nth, request), 300)),
  ]);
  expect([killed, other]).toEqual(['out-of-memory', 'a report']);
}, 60_000);

it('sees no environment but what Node itself reads', async () => {
  const check = isolatedWith(poolOf({ environment: { SLACK_BOT_TOKEN: 'xoxb-secret', TZ: 'UTC' } }));
  await check(small);
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const environments = children
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('check-process'))
    .map((pid) => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean));
  expect(environments.length).toBeGreaterThan(0);
  for (const names of environments.map((lines) => lines.map((line) => line.split('=', 1)[0]))) {
    expect(names.filter((name) => name !== 'TZ' && !name?.startsWith('NODE_CHANNEL'))).toEqual([]);
  }
}, 60_000);

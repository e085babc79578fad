import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { isEnd } from '../../../../src/features/approvals/requests/transitions';
import type { RequestState } from '../../../../src/features/approvals/requests/request';
import { createSigner } from '../../../../src/signing/sign';
import type { Approvals } from '../../../../src/features/approvals/store/approvals';
import { openApprovals } from '../../../../src/features/approvals/store/approvals.store';
import { type Audit, openAudit } from '../../../../src/features/audit/audit.store';
import { describeWith } from '../../../lab/binaries';
import { type RedisServer, startRedis } from '../../../lab/redis';
import type { Order } from './process';
import { follow, stepsOf } from '../trail';

/**
 * The store of requests as several real processes use it at once, some of which are killed in the middle. All of
 * it holds as long as Redis keeps what it acknowledged: a Redis that comes back with less may hand out a request
 * again as it stood before.
 */

jest.setTimeout(120_000);

const key = 'key-of-processes-in-tests-01234567';
const team = 'T1';
const draft = {
  kind: 'token' as const,
  acceptor: 'prod-east',
  dialer: null,
  peer: 'west',
  dialerPeer: null,
  replace: false,
  reason: '',
  team,
  channel: 'C1',
  plan: [],
  digest: 'd',
};

/** A process, started again after it was killed. */
interface Worker {
  /** True if it did it; undefined if it was killed before it answered. */
  readonly ask: (deed: Order['deed'], args: readonly string[], at?: number) => Promise<boolean | undefined>;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const startWorker = async (url: string): Promise<Worker> => {
  const start = (): ChildProcess => {
    const execArgv = ['-r', resolve(__dirname, '../../../lab/register.cjs')];
    // Each order waits for the end of the process, too.
    return fork(resolve(__dirname, 'process.ts'), [url, key], { execArgv }).setMaxListeners(100);
  };
  let child = start();
  let number = 0;
  const ask: Worker['ask'] = async (deed, args, at) => {
    const current = child;
    const order: Order = { number: (number += 1), deed, args, ...(at === undefined ? {} : { at }) };
    return new Promise((answer, reject) => {
      const heard = (said: { number: number; ok?: boolean; error?: string }): void => {
        if (said.number !== order.number) return;
        current.off('message', heard).off('exit', died);
        if (said.error === undefined) answer(said.ok);
        else reject(new Error(said.error));
      };
      const died = (): void => answer(undefined);
      current.on('message', heard).once('exit', died);
      current.send(order, () => undefined);
    });
  };
  await ask('ready', []);
  const stop = async (): Promise<void> => {
    const ended = child;
    if (ended.signalCode === null) {
      ended.kill('SIGKILL');
      await once(ended, 'exit');
    }
  };
  return {
    ask,
    stop,
    kill: async () => {
      const ended = child;
      await stop();
      if (child === ended) child = start();
    },
  };
};

describeWith(['redis'], 'requests in Redis, with five processes', () => {
  let server: RedisServer;
  let redis: Redis;
  let audit: Audit;
  let store: Approvals;
  let workers: readonly Worker[];

  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
    const signer = createSigner(key);
    audit = openAudit(redis, signer, { maxAgeMs: 3_600_000, onEntry: () => undefined });
    store = openApprovals(redis, signer, audit);
    workers = await Promise.all(Array.from({ length: 5 }, () => startWorker(server.url)));
  }, 60_000);
  afterAll(async () => {
    await Promise.all(workers.map((one) => one.stop()));
    redis.disconnect();
    await server.stop();
  });
  beforeEach(() => redis.flushall());

  const worker = (at: number): Worker => workers[at % workers.length] as Worker;
  const ask = async (requester = 'U1', expiresMs = 60_000): Promise<string> => {
    const record = await store.create(randomUUID(), { ...draft, requester }, expiresMs);
    if (typeof record === 'string') throw new Error('too many');
    return record.request.id;
  };
  const stateOf = async (id: string): Promise<RequestState> => {
    const record = await store.find(id);
    if (typeof record === 'string') throw new Error(record);
    return record.state;
  };
  const overdue = (id: string): Promise<unknown> => redis.zadd('peering-bot:{approvals}:due', 'XX', 1, id);
  const delivered = (id: string): Promise<number> => redis.llen(`delivered:${id}`);

  const followed = async (id: string): Promise<RequestState> => follow(await audit.read(0), id, 'U1');

  it('lets one of fifty clicks at once through', async () => {
    const id = await ask();
    const at = Date.now() + 100;
    const clicks = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        worker(n).ask('decide', [id, n % 2 ? 'approved' : 'denied', `U${n + 10}`], at),
      ),
    );
    expect(clicks.filter((ok) => ok)).toHaveLength(1);
    expect(stepsOf(await audit.read(0), id)).toHaveLength(1);
    expect(await followed(id)).toBe(await stateOf(id));
    expect(await audit.verify()).toMatchObject({ ok: true });
  });

  it('lets one of two opposite clicks in the same millisecond through', async () => {
    for (let round = 0; round < 20; round += 1) {
      const id = await ask(`U${round + 100}`);
      const at = Date.now() + 30;
      const [approved, denied] = await Promise.all([
        worker(round).ask('decide', [id, 'approved', 'U2'], at),
        worker(round + 1).ask('decide', [id, 'denied', 'U3'], at),
      ]);
      expect([approved, denied]).toContain(true);
      expect(approved).toBe(!denied);
      expect(await stateOf(id)).toBe(approved ? 'approved' : 'denied');
    }
    expect(await audit.verify()).toEqual({ ok: true, value: 40 });
  });

  it('delivers once, however many processes have the click, at once or later', async () => {
    const id = await ask();
    await worker(0).ask('decide', [id, 'approved', 'U2']);
    const at = Date.now() + 50;
    const reveals = await Promise.all(
      Array.from({ length: 20 }, (_, n) => worker(n).ask('reveal', [id, `job-${n % 3}`], at)),
    );
    expect(reveals.filter((ok) => ok)).toHaveLength(1);
    expect(await worker(1).ask('reveal', [id, 'job-0'])).toBe(false);
    expect([await delivered(id), await stateOf(id)]).toEqual([1, 'done']);
  });

  it('decides nothing after the end that was signed, wherever Redis says that it is due', async () => {
    const id = await ask('U1', 5);
    await redis.zadd('peering-bot:{approvals}:due', Date.now() + 3_600_000, id);
    await new Promise((resume) => setTimeout(resume, 20));
    expect(await worker(0).ask('decide', [id, 'approved', 'U2'])).toBe(false);
    expect(await stateOf(id)).toBe('pending');
  });

  it('starts nothing after the window that was signed, wherever Redis says that it is due', async () => {
    const id = await ask();
    await worker(0).ask('decide', [id, 'approved', 'U2']);
    const old = await redis.hgetall(`peering-bot:{approvals}:request:${id}`);
    const decision = JSON.parse(old['decision'] ?? '') as { validUntil: number };
    const prolonged = JSON.stringify({ ...decision, validUntil: decision.validUntil + 3_600_000 });
    await redis.hset(`peering-bot:{approvals}:request:${id}`, 'decision', prolonged);
    expect(await worker(1).ask('reveal', [id, 'job'])).toBe(false);
    expect([await store.find(id), await delivered(id)]).toEqual(['forged', 0]);
  });

  it('keeps to its states whatever happens at once, and whichever process dies', async () => {
    const click = fc.oneof(
      { weight: 3, arbitrary: fc.constant(['decide', 'approved', 'U2'] as const) },
      { weight: 1, arbitrary: fc.constant(['decide', 'approved', 'U1'] as const) },
      { weight: 1, arbitrary: fc.constant(['decide', 'denied', 'U3'] as const) },
      { weight: 1, arbitrary: fc.constant(['decide', 'cancelled', 'U1'] as const) },
      { weight: 1, arbitrary: fc.constant(['decide', 'cancelled', 'U2'] as const) },
      { weight: 5, arbitrary: fc.constantFrom(['reveal', 'job-1'] as const, ['reveal', 'job-2'] as const) },
      { weight: 2, arbitrary: fc.constantFrom(['void'] as const, ['fail'] as const, ['sweep'] as const) },
      { weight: 1, arbitrary: fc.constantFrom(['overdue'] as const, ['kill'] as const) },
    );
    const step = fc.record({ at: fc.nat(4), what: click });
    const endings: Partial<Record<RequestState, number>> = {};
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
        async (rounds) => {
          await redis.flushall();
          const id = await ask();
          for (const round of rounds) {
            await Promise.all(
              round.map(async ({ at, what: [deed, ...args] }) => {
                if (deed === 'overdue') return overdue(id);
                if (deed === 'kill') return worker(at).kill();
                const did = await worker(at).ask(deed, deed === 'sweep' ? [] : [id, ...args]);
                if (deed === 'decide' && (args[1] === 'U1') !== (args[0] === 'cancelled'))
                  expect(did).not.toBe(true);
                return did;
              }),
            );
            // The trail and the state are changed in one step, also if the process that did it is dead.
            expect(await followed(id)).toBe(await stateOf(id));
          }
          // Whatever happened, time ends it.
          for (let round = 0; round < 3 && !isEnd(await stateOf(id)); round += 1) {
            await overdue(id);
            await worker(round).ask('sweep', []);
          }
          const state = await followed(id);
          expect([isEnd(state), await stateOf(id)]).toEqual([true, state]);
          expect(await delivered(id)).toBeLessThanOrEqual(1);
          if (state === 'done') expect(await delivered(id)).toBe(1);
          expect(await audit.verify()).toMatchObject({ ok: true });
          endings[state] = (endings[state] ?? 0) + 1;
        },
      ),
      { numRuns: 60 },
    );
    // A test that never gets far shows nothing.
    expect(Object.keys(endings)).toEqual(expect.arrayContaining(['done', 'failed', 'denied', 'expired']));
  });
});

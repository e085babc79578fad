import { Redis } from 'ioredis';
import { createSigner } from '../../../../src/signing/sign';
import { openApprovals } from '../../../../src/features/approvals/store/approvals.store';
import { openAudit } from '../../../../src/features/audit/audit.store';

/**
 * A process of its own with the store of requests, for tests that start several of them: does what its parent tells
 * it, and knows of the others only through Redis. `node -r ./test/lab/register.cjs process.ts REDIS_URL KEY`.
 */

const [url = '', key = ''] = process.argv.slice(2);
const redis = new Redis(url);
const signer = createSigner(key);
const audit = openAudit(redis, signer, { maxAgeMs: 3_600_000, onEntry: () => undefined });
const approvals = openApprovals(redis, signer, audit);

const outcome = { message: 'over', facts: [] };

const deeds = {
  decide: (id: string, verdict: 'approved' | 'denied' | 'cancelled', by: string) =>
    approvals.decide(id, { verdict, by, team: 'T1', reason: '' }),
  /** Steps of a worker after a click on Reveal, each of which may be its last. */
  reveal: async (id: string, job: string) => {
    const started = await approvals.start(id, job);
    if (!started.ok) return started;
    const { fence } = started.value;
    if (!(await approvals.renewLease(id, fence, { before: null, after: null }))) return { ok: false };
    if (!(await approvals.renewLease(id, fence))) return { ok: false };
    await redis.rpush(`delivered:${id}`, job);
    return approvals.end(id, 'finish', outcome, { fence });
  },
  sweep: async () => {
    const swept = await approvals.sweep();
    const unknown = swept.filter(({ state }) => state === 'unknown');
    for (const { request } of unknown) await approvals.end(request.id, 'reconcile-undone', outcome);
    return { ok: unknown.length > 0 };
  },
  void: (id: string) => approvals.end(id, 'reconcile-undone', outcome),
  fail: (id: string) => approvals.end(id, 'fail', outcome),
  ready: async () => ({ ok: (await redis.ping()) === 'PONG' }),
} as const;

/** Commands to a process. */
export interface Order {
  readonly number: number;
  readonly deed: keyof typeof deeds;
  readonly args: readonly string[];
  /** When, in ms since the epoch: that several do it in the same one. */
  readonly at?: number;
}

const never = new Int32Array(new SharedArrayBuffer(4));

process.on('message', ({ number, deed, args, at }: Order) => {
  if (at !== undefined) Atomics.wait(never, 0, 0, Math.max(0, at - Date.now()));
  const work = deeds[deed] as (...given: readonly string[]) => Promise<{ readonly ok: boolean }>;
  work(...args).then(
    ({ ok }) => process.send?.({ number, ok }),
    (error: unknown) => process.send?.({ number, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());

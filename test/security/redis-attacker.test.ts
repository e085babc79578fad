import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { decideApproval } from '../../src/features/approvals/decide-approval';
import { confirmModal } from '../../src/features/approvals/confirm';
import { confirmedIn } from '../../src/features/approvals/confirmed';
import { requestKinds } from '../../src/features/approvals/kinds';
import { requestApproval } from '../../src/features/approvals/request-approval';
import { revealToken } from '../../src/features/approvals/reveal-token';
import type { ApprovalRequest } from '../../src/features/approvals/request';
import { shownRequest } from '../../src/features/approvals/approval-buttons';
import type { RedisClient } from '../../src/redis/redis';
import { describeWith } from '../lab/binaries';
import { type RedisServer, startRedis } from '../lab/redis';
import {
  approvalsChannel,
  type AttackStage,
  people,
  type QueuedJob,
  setAttackStage,
} from './attack/attack-stage';
import { connectTestRedis } from '../redis-client';

/**
 * An attacker who reads and writes all of Redis, and who can replace every card, makes random moves while people ask,
 * approve, reveal and connect. Redis is real; Slack and the two clusters are in memory, so that thousands of runs take
 * minutes. `npm run attack -- --runs 2000 --seed 1` sets the number of runs, and repeats them.
 */

jest.setTimeout(3_600_000);

const runs = Number(process.env['SECURITY_RUNS'] ?? 25);
const seed = Number(process.env['SECURITY_SEED'] ?? Date.now() % 2 ** 31);

/** The approver approves these, and never the third. */
const peers = ['orders', 'billing', 'unwanted'] as const;
const nth = fc.nat(30);

/** Fields that lead a message to another channel, or put words into one. */
const evil = {
  card: '{"channel":"CEVIL","ts":"1.1"}',
  outcome: '{"message":"EVIL","facts":["EVIL"]}',
};

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      peer: fc.constantFrom(...peers, 'orders', 'billing'),
      kind: fc.constantFrom('token', 'token', 'connect', 'connect', 'disconnect', 'renew'),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('work' as const) }) },
  {
    weight: 8,
    // Without a `button`, the card has its own.
    arbitrary: fc.record({
      do: fc.constant('approve' as const),
      card: nth,
      button: fc.option(nth, { freq: 3 }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('reveal' as const), card: nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deletePeerings' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('copy' as const), from: nth, to: nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), key: nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('keep' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('putBack' as const), kept: nth, key: nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('putAllBack' as const), kept: nth }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      key: nth,
      field: fc.constantFrom(
        'state',
        'since',
        'fence',
        'job',
        'decision',
        'decisionSig',
        'request',
        'requestSig',
        'work',
        'workSig',
        'card',
        'cardSig',
        'outcome',
        'outcomeSig',
      ),
      other: nth,
      value: fc.option(
        fc.constantFrom('approved', 'pending', 'unknown', 'running', '0', '9', evil.card, evil.outcome),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('cut' as const), entries: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('replay' as const),
      nth,
      how: fc.constantFrom('same', 'same', 'other-id', 'changed'),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Counts equal texts. */
const counts = (texts: readonly string[]): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  for (const text of texts) found.set(text, (found.get(text) ?? 0) + 1);
  return found;
};

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)];

/** Real Consul is not needed: what counts is what the bot asks of it, and that an unused token is void after another. */
describeWith(['redis'], 'an attacker who reads and writes Redis', () => {
  let server: RedisServer;
  let connection: RedisClient;
  beforeAll(async () => {
    process.stdout.write(`redis-attacker: ${runs} runs, seed ${seed}\n`);
    server = await startRedis();
    connection = connectTestRedis(server.url, 'working');
  });
  afterAll(async () => {
    connection.disconnect();
    await server.stop();
  });

  const total = { moves: 0, tokens: 0, connects: 0, renewals: 0, deletions: 0, posts: 0, approvals: 0 };

  const play = async (stage: AttackStage, steps: readonly Step[]): Promise<void> => {
    const redis = stage.redis as Redis;
    const { approvals, approvers } = stage.tools.tokens;
    /** Every job that was ever queued, as the attacker saw it. */
    const seen: QueuedJob[] = [];
    /** Every request that a card showed. */
    const shown = new Map<string, ApprovalRequest>();
    const approved = new Set<string>();
    /** Tokens by the request whose modal showed them. */
    const tokens = new Map<string, Set<string>>();
    const kept: Map<string, Buffer>[] = [];
    let count = 0;

    // Under attack jobs may throw: that is an outage, which buys nothing.
    const handle = (job: QueuedJob): Promise<unknown> => stage.handle(job).catch(() => undefined);
    const queue = async (job: { readonly name: string }, claim: object): Promise<unknown> => {
      count += 1;
      const id = `job-${count}`;
      const queued = { name: job.name, id, payload: stage.sealedFor(job, claim, id) };
      seen.push(queued);
      return handle(queued);
    };
    const keys = async (): Promise<readonly string[]> => (await redis.keys('peering-bot:*')).toSorted();
    const records = async (): Promise<readonly string[]> =>
      (await keys()).filter((key) => key.includes(':request:'));
    const look = async (): Promise<void> => {
      for (const key of await records()) {
        const record = await approvals.find(key.split(':').at(-1) ?? '');
        if (typeof record !== 'string') shown.set(record.request.id, record.request);
      }
      const { request, token } = stage.shown();
      if (token !== '') tokens.set(request, (tokens.get(request) ?? new Set()).add(token));
    };

    const moves: { [K in Step['do']]: (given: Extract<Step, { do: K }>) => Promise<unknown> } = {
      ask: async ({ peer, kind }) =>
        queue(requestApproval, {
          kind,
          acceptor: 'prod-east',
          dialer: kind === 'token' ? null : 'prod-west',
          peer,
          dialerPeer: kind === 'token' ? null : `${peer}-back`,
          replace: false,
          reason: 'moves',
          ...stage.actorOf(people.requester),
        }),
      // The approver reads one card, whose button may be that of another request, and then the modal.
      approve: async ({ card, button }) => {
        const all = [...shown.values()];
        const [read, value] = [pick(all, card), pick(all, button ?? card)];
        if (read === undefined || value === undefined || read.peer === 'unwanted') return;
        const actor = stage.actorOf(people.approver);
        const context = {
          value: (button ?? card) % 2 === 0 ? { request: value.id } : shownRequest(value),
          actor,
          signed: { approvals },
          approvers,
          record: async () => undefined,
          log: stage.log,
          id: 'click',
        };
        const modal = await confirmModal('approved', context as never);
        if (!('type' in modal)) return;
        const text = JSON.stringify(modal.blocks);
        const { icon } = requestKinds[read.kind];
        if (!text.includes(`peering ${read.peer} on`) || !text.includes(icon)) return;
        const confirmed = confirmedIn({
          callback_id: '',
          private_metadata: modal.private_metadata ?? '',
          state: { values: {} },
        });
        if (confirmed === undefined) return;
        const request = shown.get(confirmed.request);
        if (request?.peer === read.peer && request.kind === read.kind) approved.add(confirmed.request);
        await queue(decideApproval, {
          request: confirmed.request,
          fingerprint: confirmed.fingerprint,
          verdict: 'approved',
          reason: '',
          ...actor,
        });
      },
      reveal: async ({ card }) => {
        const request = pick([...shown.values()], card);
        if (request === undefined) return;
        await queue(revealToken, {
          ...shownRequest(request),
          view: stage.openModal(),
          ...stage.actorOf(people.requester),
        });
      },
      // A worker does what was queued.
      work: async () => {
        for (const one of stage.queued.splice(0)) {
          seen.push(one);
          await handle(one);
        }
      },
      deletePeerings: async () => stage.consul.clear(),
      sweep: () => stage.sweep(),
      copy: async ({ from, to }) => {
        const all = await records();
        const [one, other] = [pick(all, from), pick(all, to)];
        if (one !== undefined && other !== undefined && one !== other)
          await redis.copy(one, other, 'REPLACE');
      },
      remove: async ({ key }) => redis.del(pick(await keys(), key) ?? 'none'),
      keep: async () => {
        const all = new Map<string, Buffer>();
        for (const key of await keys()) {
          const dump = await redis.dumpBuffer(key);
          if (dump !== null) all.set(key, dump);
        }
        kept.push(all);
      },
      putBack: async ({ kept: at, key }) => {
        const [name, dump] = pick([...(pick(kept, at) ?? [])], key) ?? [];
        if (name !== undefined && dump !== undefined) await redis.restore(name, 0, dump, 'REPLACE');
      },
      putAllBack: async ({ kept: at }) => {
        const all = pick(kept, at);
        if (all === undefined) return;
        await redis.del('none', ...(await keys()));
        for (const [name, dump] of all) await redis.restore(name, 0, dump, 'REPLACE');
      },
      change: async ({ key, field, other, value }) => {
        const all = await records();
        const [one, second] = [pick(all, key), pick(all, other)];
        if (one === undefined || second === undefined) return;
        const text = value ?? (await redis.hget(second, field));
        if (text === null) await redis.hdel(one, field);
        else await redis.hset(one, field, text);
      },
      cut: async ({ entries }) => {
        const list = 'peering-bot:{approvals}:audit';
        for (let entry = 0; entry < entries; entry += 1) await redis.rpop(list);
        const last = await redis.lindex(list, -1);
        const { seq, mac } = last === null ? {} : (JSON.parse(last) as { seq?: number; mac?: string });
        if (seq !== undefined) await redis.set(`${list}:head`, `${seq}:${mac}`);
      },
      replay: async ({ nth: at, how }) => {
        const job = pick(seen, at);
        if (job === undefined) return;
        await handle({
          ...job,
          id: how === 'other-id' ? `${job.id}-again` : job.id,
          payload:
            how === 'changed'
              ? { ...job.payload, claim: { ...job.payload.claim, request: pick([...shown.keys()], at) } }
              : job.payload,
        });
      },
    };

    const allowedTargets = new Set([
      approvalsChannel,
      ...Object.values(people).flatMap((user) => [user, stage.actorOf(user).responseUrl]),
    ]);
    const honest = ['ask', 'approve', 'reveal', 'work', 'sweep', 'deletePeerings'];
    for (const one of steps) {
      await (moves[one.do] as (given: Step) => Promise<unknown>)(one).catch(() => undefined);
      if (!honest.includes(one.do)) total.moves += 1;
      await look().catch(() => undefined);
      for (const [request, values] of tokens) {
        expect([request, approved.has(request), values.size]).toEqual([request, true, 1]);
        expect(shown.get(request)).toMatchObject({
          kind: 'token',
          peer: expect.not.stringMatching('unwanted'),
        });
      }
    }
    const { established, deleted, madeBy } = stage.consul;
    const ids = established.map(({ request }) => request);
    const establishing: readonly unknown[] = ['connect', 'renew'];
    expect(ids.filter((id) => !approved.has(id) || !establishing.includes(shown.get(id)?.kind))).toEqual([]);
    expect(established.filter(({ takesOver }) => takesOver)).toEqual([]);
    // Each approved disconnect deletes its own two peerings once.
    const mayDelete = [...approved].flatMap((id) => {
      const request = shown.get(id);
      return request?.kind === 'disconnect' ? [request] : [];
    });
    for (const [name, times] of counts(deleted.map(({ cluster, name: peer }) => `${cluster}/${peer}`))) {
      const allowed = mayDelete.filter(({ acceptor, dialer, peer, dialerPeer }) =>
        [`${acceptor}/${peer}`, `${dialer}/${dialerPeer}`].includes(name),
      );
      expect([name, times <= allowed.length]).toEqual([name, true]);
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(madeBy().filter((id) => !approved.has(id))).toEqual([]);
    expect(stage.posts.filter(({ to, text }) => !allowedTargets.has(to) || /EVIL/.test(text))).toEqual([]);
    total.tokens += tokens.size;
    total.connects += ids.filter((id) => shown.get(id)?.kind === 'connect').length;
    total.renewals += ids.filter((id) => shown.get(id)?.kind === 'renew').length;
    total.deletions += deleted.length;
    total.approvals += approved.size;
    total.posts += stage.posts.length;
  };

  it('gets no token, no peering and no message that was not approved as it was shown', async () => {
    const live = async (steps: readonly Step[]): Promise<void> =>
      play(await setAttackStage(connection), steps);
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 50, size: 'max' }), live), {
      numRuns: runs,
      seed,
      endOnFailure: true,
    });
    const { moves, approvals, tokens, connects, renewals, deletions, posts } = total;
    process.stdout.write(
      `redis-attacker: ${moves} moves of the attacker; ${approvals} requests approved, ${tokens} tokens revealed, ${connects} pairs connected, ${renewals} renewed, ${deletions} sides deleted, ${posts} messages\n`,
    );
    // A test in which nobody gets anything shows nothing.
    if (runs >= 100) expect([tokens, connects].every((number) => number > 0)).toBe(true);
  });
});

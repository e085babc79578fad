import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { decideApproval } from '../../src/features/approvals/decide-approval';
import { confirmModal } from '../../src/features/approvals/confirm';
import { confirmedIn } from '../../src/features/approvals/confirmed';
import { requestApproval } from '../../src/features/approvals/request-approval';
import { revealToken } from '../../src/features/approvals/reveal-token';
import type { ApprovalRequest } from '../../src/features/approvals/request';
import { shownRequest } from '../../src/features/approvals/approval-buttons';
import { jobs } from '../../src/app/jobs';
import { people } from '../../sandbox/workspace/people';
import { type Scenery, setStage, type Stage, startScenery } from '../features/approvals/stage';
import { describeWith } from '../lab/binaries';
import { temporaryFolder } from '../lab/process';

/**
 * An attacker who reads and writes all of Redis, and who can replace every card, makes random moves while people ask,
 * approve and reveal. `SECURITY_RUNS` and `SECURITY_SEED` set the number of runs and repeat one.
 */

jest.setTimeout(3_600_000);

const { approver, requester } = people;
const runs = Number(process.env['SECURITY_RUNS'] ?? 12);
const seed = Number(process.env['SECURITY_SEED'] ?? Date.now() % 2 ** 31);

/** The approver approves these, and never the third. */
const peers = ['orders', 'billing', 'unwanted'] as const;
const nth = fc.nat(30);

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ask' as const), peer: fc.constantFrom(...peers) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('approve' as const), card: nth, button: nth }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('reveal' as const), card: nth }) },
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
      field: fc.constantFrom('state', 'since', 'fence', 'decision', 'decisionSig', 'request', 'requestSig'),
      other: nth,
      value: fc.option(fc.constantFrom('approved', 'pending', 'unknown', '0', '9')),
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

interface Queued {
  readonly name: string;
  readonly id: string;
  readonly payload: { readonly claim: object };
}

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)];

describeWith(['redis', 'consul'], 'an attacker who reads and writes Redis', () => {
  let scenery: Scenery;
  beforeAll(async () => {
    process.stdout.write(`redis-attacker: ${runs} runs, SECURITY_SEED=${seed}\n`);
    scenery = await startScenery();
  });
  afterAll(() => scenery.stop());

  let revealed = 0;
  let attacks = 0;

  const live = async (steps: readonly Step[]): Promise<void> => {
    await scenery.clear();
    const folder = await temporaryFolder('anchor');
    const stage = await setStage(scenery, { anchor: `${folder.path}/head`, expiresMs: 600_000 });
    try {
      await play(stage, steps);
    } finally {
      await stage.stop();
      folder.remove();
    }
  };

  const play = async (stage: Stage, steps: readonly Step[]): Promise<void> => {
    const redis = stage.redis as Redis;
    /** Every job that was ever queued, as an attacker who reads Redis saw it. */
    const seen: Queued[] = [];
    /** Every request that a card showed. */
    const shown = new Map<string, ApprovalRequest>();
    const approved = new Set<string>();
    /** Tokens by the request whose modal showed them. */
    const tokens = new Map<string, Set<string>>();
    const kept: Map<string, Buffer>[] = [];
    let count = 0;

    const handle = async ({ name, id, payload }: Queued): Promise<unknown> => {
      const job = jobs.find((one) => one.name === name);
      // Under attack jobs may throw: that is an outage, which buys nothing.
      return job
        ?.handle({ ...stage.tools(), ...stage.runOf(id), payload: payload as never })
        .catch(() => undefined);
    };
    const queue = async (job: { readonly name: string }, what: object): Promise<unknown> => {
      count += 1;
      const id = `job-${count}`;
      const payload = stage.sealedFor(job as typeof decideApproval, what, id) as unknown as Queued['payload'];
      const queued = { name: job.name, id, payload };
      seen.push(queued);
      return handle(queued);
    };
    const keys = async (): Promise<readonly string[]> => (await redis.keys('peering-bot:*')).toSorted();
    const records = async (): Promise<readonly string[]> =>
      (await keys()).filter((key) => key.includes(':request:'));
    const look = async (): Promise<void> => {
      for (const key of await records()) {
        const record = await stage.tools().tokens.approvals.find(key.split(':').at(-1) ?? '');
        if (typeof record !== 'string') shown.set(record.request.id, record.request);
      }
      for (const { content } of stage.slack.views(requester.id)) {
        const token = stage.shownToken();
        if (token === '') continue;
        const request = String(content['private_metadata']);
        tokens.set(request, (tokens.get(request) ?? new Set()).add(token));
      }
      for (const { name, id, payload } of stage.queued.splice(0)) {
        seen.push({ name, id, payload: payload as Queued['payload'] });
      }
    };
    const tools = stage.tools();

    const moves: { [K in Step['do']]: (given: Extract<Step, { do: K }>) => Promise<unknown> } = {
      ask: async ({ peer }) =>
        queue(requestApproval, {
          ...stage.token,
          peer,
          replace: false,
          reason: 'moves',
          ...(await stage.actorOf(requester.id)),
        }),
      // The approver reads one card, whose button may be that of another request, and then the modal.
      approve: async ({ card, button }) => {
        const all = [...shown.values()];
        const [read, value] = [pick(all, card), pick(all, button)];
        if (read === undefined || value === undefined || read.peer === 'unwanted') return;
        const actor = await stage.actorOf(approver.id);
        const context = {
          value: button % 2 === 0 ? { request: value.id } : shownRequest(value),
          actor,
          signed: { approvals: tools.tokens.approvals },
          approvers: tools.tokens.approvers,
          record: async () => undefined,
          log: stage.runOf('').log,
          id: 'click',
        };
        const modal = await confirmModal('approved', context as never);
        if (!('type' in modal)) return;
        const text = JSON.stringify(modal.blocks);
        if (!text.includes(`creates peering ${read.peer} on`) && !text.includes(`peering ${read.peer} on`))
          return;
        const confirmed = confirmedIn({
          callback_id: '',
          private_metadata: modal.private_metadata ?? '',
          state: { values: {} },
        });
        if (confirmed === undefined) return;
        const request = [...shown.values()].find(({ id }) => id === confirmed.request);
        if (request?.peer === read.peer) approved.add(confirmed.request);
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
        while (stage.slack.views(requester.id).length > 0) await stage.slack.closeView(requester.id);
        await queue(revealToken, {
          ...shownRequest(request),
          view: await stage.openModal(),
          ...(await stage.actorOf(requester.id)),
        });
      },
      deletePeerings: () => scenery.clear(),
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
    for (const one of steps) {
      await (moves[one.do] as (given: Step) => Promise<unknown>)(one).catch(() => undefined);
      if (!['ask', 'approve', 'reveal'].includes(one.do)) attacks += 1;
      await look().catch(() => undefined);
      for (const [request, values] of tokens) {
        expect([request, approved.has(request), values.size]).toEqual([request, true, 1]);
        expect(shown.get(request)?.peer).not.toBe('unwanted');
      }
    }
    revealed += tokens.size;
    const left = await scenery.east.agent.call<{ Name: string }[] | null>('GET', '/v1/peerings');
    const allowed = new Set([...approved].map((id) => shown.get(id)?.peer));
    expect((left ?? []).map(({ Name }) => Name).filter((name) => !allowed.has(name))).toEqual([]);
  };

  it('gets no token and no peering that was not approved as it was shown', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), live), {
      numRuns: runs,
      seed,
      endOnFailure: true,
    });
    process.stdout.write(`redis-attacker: ${attacks} moves of the attacker, ${revealed} tokens revealed\n`);
    // A test in which nobody gets a token shows nothing.
    if (runs >= 10) expect(revealed).toBeGreaterThan(0);
  });
});

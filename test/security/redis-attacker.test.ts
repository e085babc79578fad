import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { decideApproval } from '../../src/features/approvals/decisions/decide-approval';
import { type ConfirmContext, confirmModal } from '../../src/features/approvals/decisions/confirm';
import { undoModal } from '../../src/features/approvals/undo/confirm-undo';
import { confirmedIn } from '../../src/features/approvals/decisions/confirmed';
import { requestKinds } from '../../src/features/approvals/plans/kinds';
import { type ExportKind, exportedWords, undoneBy } from '../../src/features/approvals/plans/plan-export';
import { requestApproval } from '../../src/features/approvals/new-requests/request-approval';
import { revealToken } from '../../src/features/approvals/token/reveal-token';
import type { ApprovalRequest } from '../../src/features/approvals/requests/request';
import { shownRequest } from '../../src/features/approvals/cards/buttons';
import { undoExportJob } from '../../src/features/approvals/undo/undo-export-job';
import { createConsulClient } from '../../src/consul/client';
import type { RedisClient } from '../../src/redis/redis';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { type RedisServer, startRedis } from '../lab/redis';
import type { RealEntry } from './attack/fake-consul';
import type { AnyJob } from '../../src/queue/define';
import type { Tell } from './attack/attack-queue';
import { approvalsChannel, type AttackStage, people, setAttackStage } from './attack/attack-stage';
import { pick } from './attack/attacker';
import { beginnings, randomStep, type Step } from './attack/steps';
import { connectTestRedis } from '../redis-client';

/**
 * An attacker who reads and writes all of Redis, and who can replace every card, makes random moves while people ask,
 * approve, reveal, connect, export and undo, and the bot checks, mutes and posts. Redis and the exported-services entry are
 * real; Slack and the rest of the two clusters are in memory, so that thousands of runs take minutes. `npm run attack -- --runs 2000 --seed 1` sets the number of runs, and repeats them.
 */

jest.setTimeout(3_600_000);

/** One for each class of move. */
const runs = Number(process.env['SECURITY_RUNS'] ?? Object.keys(beginnings).length);
const seed = Number(process.env['SECURITY_SEED'] ?? Date.now() % 2 ** 31);

/** Tells whether a kind of request is about two clusters. */
const isPair = (kind: string): boolean => ['connect', 'disconnect', 'renew'].includes(kind);

/** A modal in which a person confirms a click, and the words in it that they look for. */
interface Confirming {
  readonly modal: (context: ConfirmContext) => ReturnType<typeof undoModal>;
  readonly says: (read: ApprovalRequest) => string;
}

/** Counts equal texts. */
const counts = (texts: readonly string[]): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  for (const text of texts) found.set(text, (found.get(text) ?? 0) + 1);
  return found;
};

/** Of peerings, it counts what the bot asks of Consul, and that an unused token is void after another. */
describeWith(['redis', 'consul'], 'an attacker who reads and writes Redis', () => {
  let server: RedisServer;
  let connection: RedisClient;
  let agent: ConsulAgent;
  let entry: RealEntry;
  beforeAll(async () => {
    process.stdout.write(`redis-attacker: ${runs} runs, seed ${seed}\n`);
    server = await startRedis();
    connection = connectTestRedis(server.url, 'working');
    agent = await startConsul();
    entry = {
      client: createConsulClient({
        cluster: 'prod-east',
        address: agent.address,
        token: agent.token,
        tls: {},
        allowPlainHttp: false,
      }),
      remove: () => agent.call('DELETE', '/v1/config/exported-services/default'),
    };
  });
  afterAll(async () => {
    connection.disconnect();
    entry.client.close();
    await agent.stop();
    await server.stop();
  });

  const total = {
    moves: 0,
    tokens: 0,
    connects: 0,
    renewals: 0,
    deletions: 0,
    exports: 0,
    undos: 0,
    posts: 0,
    approvals: 0,
    told: 0,
  };

  const play = async (stage: AttackStage, steps: readonly Step[]): Promise<void> => {
    const redis = stage.redis as Redis;
    const { attacker, queue, records } = stage;
    const { approvals, approvers } = stage.tools.tokens;
    /** Every request that a card showed. */
    const shown = new Map<string, ApprovalRequest>();
    const approved = new Set<string>();
    /** Requests that somebody who may undo them has undone on a card that showed them. */
    const undone = new Set<string>();
    /** Tokens by the request whose modal showed them. */
    const tokens = new Map<string, Set<string>>();
    /** Jobs and schedules that people made, by queue and id, and when. */
    const made = new Map<string, Tell & { readonly at: number }>();
    const kept: ReadonlyMap<string, Buffer>[] = [];
    let count = 0;
    let passedMs = 0;

    const queueClick = async (job: AnyJob, claim: object): Promise<void> => {
      count += 1;
      await stage.queueSealed(job, claim, `job-${count}`);
      await queue.work();
    };
    const requests = async (): Promise<readonly string[]> =>
      (await attacker.keysOf('requests')).filter((key) => key.includes(':request:'));
    const look = async (): Promise<void> => {
      for (const key of await requests()) {
        const record = await approvals.find(key.split(':').at(-1) ?? '');
        if (typeof record !== 'string') shown.set(record.request.id, record.request);
      }
      const { request, token } = stage.shown();
      if (token !== '') tokens.set(request, (tokens.get(request) ?? new Set()).add(token));
    };
    /** A person reads one card, whose button may be that of another request, and then the modal; undefined if they cancel. */
    const confirm = async (
      { card, button }: { readonly card: number; readonly button: number | null },
      actor: ReturnType<typeof stage.actorOf>,
      { modal: open, says }: Confirming,
    ) => {
      const all = [...shown.values()];
      const [read, value] = [pick(all, card), pick(all, button ?? card)];
      if (read === undefined || value === undefined || read.peer === 'unwanted') return undefined;
      const modal = await open({
        value: (button ?? card) % 2 === 0 ? { request: value.id } : shownRequest(value),
        actor,
        signed: { approvals },
        config: stage.tools.config,
        authorizer: stage.tools.authorizer,
        approvers,
        record: async () => undefined,
        log: stage.log,
        id: 'click',
      } as never);
      if (!('type' in modal)) return undefined;
      const text = JSON.stringify(modal.blocks);
      if (!text.includes(says(read)) || !text.includes(requestKinds[read.kind].icon)) return undefined;
      const confirmed = confirmedIn({
        callback_id: '',
        private_metadata: modal.private_metadata ?? '',
        state: { values: {} },
      });
      const request = shown.get(confirmed?.request ?? '');
      const asShown = request?.peer === read.peer && request.kind === read.kind;
      return confirmed && { ...confirmed, asShown };
    };
    const tellIn = (nth: number): Tell => {
      const channel = nth % 2 === 0 ? 'CHOME' : 'CLAB';
      return {
        channel,
        words: `words for ${channel}`,
        responseUrl: `https://hooks.slack.example/${channel}`,
      };
    };

    const moves: { [K in Step['do']]: (given: Extract<Step, { do: K }>) => Promise<unknown> } = {
      ask: async ({ peer, kind }) =>
        queueClick(requestApproval, {
          kind,
          acceptor: 'prod-east',
          ...(kind.endsWith('export') && { service: 'api' }),
          dialer: isPair(kind) ? 'prod-west' : null,
          peer,
          dialerPeer: isPair(kind) ? `${peer}-back` : null,
          replace: false,
          reason: 'moves',
          ...stage.actorOf(people.requester),
        }),
      approve: async (click) => {
        const actor = stage.actorOf(people.approver);
        const confirmed = await confirm(click, actor, {
          modal: (context) => confirmModal('approved', context),
          says: ({ service, peer }) => (service === undefined ? `peering ${peer} on` : `consumer ${peer} `),
        });
        if (confirmed === undefined) return;
        if (confirmed.asShown) approved.add(confirmed.request);
        const { request, fingerprint } = confirmed;
        await queueClick(decideApproval, { request, fingerprint, verdict: 'approved', reason: '', ...actor });
      },
      undo: async ({ who, ...click }) => {
        const actor = stage.actorOf(people[who]);
        const reader = stage.actorOf(people[who === 'stranger' ? 'approver' : who]);
        const confirmed = await confirm(click, reader, {
          modal: undoModal,
          says: (read) => exportedWords({ ...read, kind: undoneBy(read.kind as ExportKind) }),
        });
        if (confirmed === undefined) return;
        if (confirmed.asShown && who !== 'stranger') undone.add(confirmed.request);
        const { request, fingerprint } = confirmed;
        await queueClick(undoExportJob, { request, fingerprint, ...actor });
      },
      reveal: async ({ card }) => {
        const request = pick([...shown.values()], card);
        if (request === undefined) return;
        await queueClick(revealToken, {
          ...shownRequest(request),
          view: stage.openModal(),
          ...stage.actorOf(people.requester),
        });
      },
      tell: async ({ nth }) => {
        count += 1;
        made.set(`checks job-${count}`, { ...tellIn(nth), at: Date.now() });
        await queue.enqueue('checks', `job-${count}`, 'tell', tellIn(nth));
      },
      schedule: async ({ nth }) => {
        const { channel, words } = tellIn(nth);
        made.set(`digests digest/${channel}`, { channel, words, at: Date.now() });
        await queue.schedule('digests', `digest/${channel}`, { channel, words });
      },
      store: ({ round }) => records.store(round),
      work: () => queue.work(),
      tick: () => queue.tick(),
      dayPasses: async () => {
        passedMs += 25 * 3_600_000;
        jest.spyOn(Date, 'now').mockImplementation(() => new Date().getTime() + passedMs);
      },
      deletePeerings: async () => stage.consul.clear(),
      editEntry: () => stage.consul.editEntry(),
      sweep: () => stage.sweep(),
      copy: async ({ area, from, to }) => {
        if (area !== 'requests') return attacker.copy(area, from, to);
        const all = await requests();
        const [one, other] = [pick(all, from), pick(all, to)];
        if (one !== undefined && other !== undefined && one !== other)
          await redis.copy(one, other, 'REPLACE');
      },
      replace: ({ area, key, keepsSeal }) => attacker.replace(area, key, keepsSeal),
      replay: async ({ area, key, how }) => {
        await attacker.replay(area, key, how);
        await queue.work();
      },
      remove: ({ area, key }) => attacker.remove(area, key),
      add: ({ area, nth }) => attacker.add(area, nth),
      keep: async () => kept.push(await attacker.keep()),
      putBack: async ({ kept: at, key }) => {
        const all = pick(kept, at);
        if (all !== undefined) await attacker.putBack(all, key);
      },
      putAllBack: async ({ kept: at }) => {
        const all = pick(kept, at);
        if (all !== undefined) await attacker.putAllBack(all);
      },
      change: async ({ key, field, other, value }) => {
        const all = await requests();
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
    };

    const allowedTargets = new Set([
      approvalsChannel,
      ...Object.values(people).flatMap((user) => [user, stage.actorOf(user).responseUrl]),
    ]);
    const honest: readonly Step['do'][] = [
      ...(['ask', 'approve', 'reveal', 'undo', 'tell', 'schedule', 'store', 'work', 'tick'] as const),
      ...(['sweep', 'deletePeerings', 'editEntry', 'dayPasses'] as const),
    ];
    const expectKept = async (): Promise<void> => {
      for (const [request, values] of tokens) {
        expect([request, approved.has(request), values.size]).toEqual([request, true, 1]);
        expect(shown.get(request)).toMatchObject({
          kind: 'token',
          peer: expect.not.stringMatching('unwanted'),
        });
      }
      for (const { queue: of, id, at, planned, ...words } of queue.told) {
        const { at: madeAt = 0, ...expected } = made.get(`${of} ${id}`) ?? {};
        expect([id, words]).toEqual([id, expected]);
        // A job is good for a day, and one of a schedule at its time.
        if (planned === undefined) expect(at - madeAt).toBeLessThanOrEqual(24 * 3_600_000);
        else expect(planned - at).toBeLessThanOrEqual(5 * 60_000);
      }
      expect(await records.forged()).toEqual([]);
    };
    for (const one of steps) {
      await (moves[one.do] as (given: Step) => Promise<unknown>)(one).catch(() => undefined);
      await look().catch(() => undefined);
      if (honest.includes(one.do)) continue;
      total.moves += 1;
      await expectKept();
    }
    await expectKept();
    expect(await attacker.readAll()).not.toContain('hooks.slack.example');
    const { established, deleted, madeBy, entryWrites } = stage.consul;
    const ids = established.map(({ request }) => request);
    const establishing: readonly unknown[] = ['connect', 'renew'];
    expect(ids.filter((id) => !approved.has(id) || !establishing.includes(shown.get(id)?.kind))).toEqual([]);
    expect(established.filter(({ takesOver }) => takesOver)).toEqual([]);
    // Each approved change is made once, and undone once, and changes one consumer.
    const changes = entryWrites.map(({ cluster, before, after }) => [
      cluster,
      ...after.filter((one) => !before.includes(one)).map((one) => `export ${one}`),
      ...before.filter((one) => !after.includes(one)).map((one) => `unexport ${one}`),
    ]);
    expect(changes.filter(({ length }) => length !== 2)).toEqual([]);
    const changesOf = (ids: ReadonlySet<string>, undo: boolean): readonly string[] =>
      [...ids].flatMap((id) => {
        const { kind = 'token', acceptor, service, peer } = shown.get(id) ?? {};
        if (kind !== 'export' && kind !== 'unexport') return [];
        return [`${acceptor} ${undo ? undoneBy(kind) : kind} ${service}/${peer}`];
      });
    const mayChange = counts([...changesOf(approved, false), ...changesOf(undone, true)]);
    for (const [change, times] of counts(changes.map((one) => one.join(' '))))
      expect([change, times <= (mayChange.get(change) ?? 0)]).toEqual([change, true]);
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
    total.exports += entryWrites.length;
    total.undos += stage.undos();
    total.approvals += approved.size;
    total.posts += stage.posts.length;
    total.told += queue.told.length;
  };

  const names = Object.keys(beginnings);
  // Each run has a seed of its own, so that it can be repeated alone.
  const history = async (run: number): Promise<void> => {
    const name = names[run % names.length] ?? '';
    const steps = fc.array(randomStep, { minLength: 15, maxLength: 50, size: 'max' });
    const live = async (random: readonly Step[]): Promise<void> => {
      await play(await setAttackStage(connection, entry), [...(beginnings[name] ?? []), ...random]);
    };
    await fc
      .assert(fc.asyncProperty(steps, live), { numRuns: 1, seed: seed + run, endOnFailure: true })
      .catch((error: unknown) => {
        throw new Error(`"${name}" with SECURITY_SEED=${seed + run}`, { cause: error });
      });
    jest.restoreAllMocks();
  };

  it('gets no token, no peering and no message that was not approved or asked for as it was shown', async () => {
    for (let run = 0; run < runs; run += 1) await history(run);
    const { moves, approvals, tokens, connects, renewals, deletions, exports, undos, posts, told } = total;
    process.stdout.write(
      `redis-attacker: ${moves} moves of the attacker; ${approvals} requests approved, ${tokens} tokens revealed, ${connects} pairs connected, ${renewals} renewed, ${deletions} sides deleted, ${exports} entries written and ${undos} of these to undo, ${posts} messages about them, ${told} others\n`,
    );
    // A test in which nobody gets anything shows nothing.
    expect([tokens, told].every((number) => number > 0)).toBe(true);
    if (runs >= 100) expect(connects).toBeGreaterThan(0);
  });
});

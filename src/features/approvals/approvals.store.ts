import { createHash } from 'node:crypto';
import { type Audit, type AuditEvent, type Prepared, auditKeys, redisNow } from '../audit';
import type { RedisClient } from '../../redis/redis';
import { runScript } from '../../redis/script';
import { type Approvals, botItself, type Moved, type Refusal, type Remark } from './approvals';
import {
  claimOneScript,
  claimScript,
  createScript,
  dueScript,
  holdScript,
  moveScript,
  noteScript,
  shownScript,
} from './lua';
import { type Event, isEnd, isOpen, next } from './machine';
import { parseRecord } from './parse-record';
import {
  type ApprovalRecord,
  type ApprovalRequest,
  type Decision,
  openRequestsAPerson,
  revealWindowMs,
  type State,
  unusedAfterMs,
  type Work,
} from './request';
import { readWithTrail } from './trail';
import { digestOf, type Signer } from '../../signing/sign';
import { decisionClaim, workClaim } from './signed-claims';

const prefix = 'peering-bot:{approvals}:';
const requestKey = (id: string): string => `${prefix}request:${id}`;
const openKey = (team: string, person: string): string => `${prefix}open:${team}:${person}`;
const dueKey = `${prefix}due`;
/** Requests whose card does not show their state yet, or is to be looked at again. */
const cardsKey = `${prefix}cards`;
/** Requests whose token was shown and may lie unused. */
const unusedKey = `${prefix}unused`;

/** A run renews its lease before each write; one that does not is taken for crashed (ms). */
const leaseMs = 60_000;
/** How often an unknown state is looked at again (ms). */
const settleEveryMs = 30_000;
/** How long an ended request is kept (ms). */
const keptMs = 30 * 86_400_000;
/** Whoever moves a request edits its card; this much later (ms) somebody else does, if that was not seen to work. */
const cardAfterMs = 5_000;
/** How often the card of a request that waits for a click is edited again (ms): somebody may have deleted it. */
const cardAgainMs = 60_000;
/** How long a process that took a card or an unused token has for it (ms), before another may. */
const claimedMs = 30_000;
const claimedAtOnce = 20;

/** The id that a request of this key has. */
export const requestIdOf = (key: string): string =>
  BigInt(`0x${createHash('sha256').update(`request\n${key}`).digest('hex').slice(0, 24)}`)
    .toString(36)
    .padStart(19, '0');

/** Opens the store of requests. All times are of Redis's clock; the signing key never reaches Redis. */
export const openApprovals = (redis: RedisClient, signer: Signer, audit: Audit): Approvals => {
  const find: Approvals['find'] = async (id) => {
    if (!/^[a-z0-9]{8,40}$/.test(id)) return 'missing';
    return parseRecord(await redis.hgetall(requestKey(id)), signer);
  };

  const keysOf = ({ id, team, requester }: ApprovalRequest): readonly string[] => [
    requestKey(id),
    dueKey,
    openKey(team, requester),
    auditKeys.list,
    auditKeys.head,
    cardsKey,
    unusedKey,
  ];

  const workFields = (id: string, work: Work | undefined): Readonly<Record<string, string>> =>
    work === undefined
      ? {}
      : { work: JSON.stringify(work), workSig: signer.sign('work', workClaim(id, work)) };

  interface Move {
    readonly event: Event;
    readonly person: string;
    readonly detail: string;
    readonly fence?: number | undefined;
    readonly dueInMs?: number | undefined;
    readonly when?: 'before' | 'after';
    readonly fields?: (prepared: Prepared) => Readonly<Record<string, string>>;
  }

  const move = async (
    record: ApprovalRecord,
    { event, person, detail, fence, dueInMs, when, fields }: Move,
  ): Promise<Moved> => {
    const { request } = record;
    const to = next(record.state, event);
    if (to === undefined) return { ok: false, refusal: 'state', record };
    const code = await audit
      .within(auditEvent(request, { action: event, person, detail }), async (prepared) => {
        const answer = await runScript(redis, moveScript, keysOf(request), [
          prepared.expectedHead,
          prepared.newHead,
          prepared.text,
          request.id,
          record.state,
          to,
          fence ?? '',
          when ?? '',
          to === 'unknown' && dueInMs !== undefined ? dueInMs : dueIn(to),
          isOpen(to) ? '1' : '',
          isEnd(to) ? keptMs : '',
          cardAfterMs,
          to === 'done' && request.kind === 'token' ? unusedAfterMs : '',
          ...Object.entries(fields?.(prepared) ?? {}).flat(),
        ]);
        if (answer === 'audit') return false;
        // Nothing was written, so nothing may be said in the log: the entry exists only with its change.
        if (answer !== 'ok') throw new NotMoved(answer as Refusal);
        return answer;
      })
      .catch((error: unknown) => {
        if (error instanceof NotMoved) return error.refusal;
        throw error;
      });
    const after = await find(request.id);
    const known = typeof after === 'string' ? undefined : after;
    if (code === 'ok' && known !== undefined) return { ok: true, record: known };
    return { ok: false, refusal: code === 'ok' ? 'missing' : code, record: known };
  };

  const found = async (id: string): Promise<ApprovalRecord | Extract<Moved, { ok: false }>> => {
    const record = await find(id);
    return typeof record === 'string' ? { ok: false, refusal: record, record: undefined } : record;
  };

  /** The same for what gives somebody a right: only where the signed trail leads to the state that is there. */
  const foundInTrail = async (id: string): Promise<ApprovalRecord | Extract<Moved, { ok: false }>> => {
    const { raw, agrees } = await readWithTrail(redis, requestKey(id), id, signer);
    const record = parseRecord(raw, signer);
    if (typeof record === 'string') return { ok: false, refusal: record, record: undefined };
    return agrees ? record : { ok: false, refusal: 'forged', record };
  };

  /** Takes what is due in a list; what is no request of ours leaves it. */
  const claim = async (key: string): Promise<readonly ApprovalRecord[]> => {
    const ids = (await runScript(redis, claimScript, [key], [claimedAtOnce, claimedMs])) as string[];
    const records: ApprovalRecord[] = [];
    for (const id of ids) {
      const record = await find(id);
      if (typeof record === 'string') await redis.zrem(key, id);
      else records.push(record);
    }
    return records;
  };

  return {
    find,

    async create(key, draft, expiresMs) {
      const createdAt = await redisNow(redis);
      const id = requestIdOf(key);
      const request: ApprovalRequest = { ...draft, id, createdAt, expiresAt: createdAt + expiresMs };
      const event = auditEvent(request, {
        action: 'request',
        person: request.requester,
        detail: summaryOf(request),
      });
      const refused = await audit
        .within(event, async (prepared) => {
          const code = await runScript(redis, createScript, keysOf(request), [
            prepared.expectedHead,
            prepared.newHead,
            prepared.text,
            id,
            request.expiresAt,
            openRequestsAPerson,
            createdAt + cardAfterMs,
            ...Object.entries({
              request: JSON.stringify(request),
              requestSig: signer.sign('request', request),
              state: 'pending',
              since: String(createdAt),
              fence: '0',
            }).flat(),
          ]);
          if (code === 'audit') return false;
          if (code !== 'ok') throw new NotCreated(code as NotCreated['why']);
          return undefined;
        })
        .catch((error: unknown) => {
          if (error instanceof NotCreated) return error.why;
          throw error;
        });
      if (refused === 'too-many') return refused;
      const record = await find(id);
      if (typeof record === 'string') throw new Error(`the request ${id} that was just kept is ${record}`);
      return record;
    },

    async decide(id, given) {
      const record = await foundInTrail(id);
      if ('ok' in record) return record;
      const { request } = record;
      const own = given.by === request.requester;
      if (own !== (given.verdict === 'cancelled') || given.team !== request.team) {
        return { ok: false, refusal: 'own-request', record };
      }
      // Whoever writes to Redis can move a request's place among what is due, but not the end that was signed.
      if ((await redisNow(redis)) >= request.expiresAt) return { ok: false, refusal: 'late', record };
      const event = ({ approved: 'approve', denied: 'deny', cancelled: 'cancel' } as const)[given.verdict];
      return move(record, {
        event,
        person: given.by,
        detail: given.reason.slice(0, 200),
        when: 'before',
        fields: ({ entry }) => {
          const decision: Decision = { ...given, at: entry.at, validUntil: entry.at + revealWindowMs };
          return {
            decision: JSON.stringify(decision),
            decisionSig: signer.sign('decision', decisionClaim(request, decision)),
          };
        },
      });
    },

    async start(id, job) {
      const record = await foundInTrail(id);
      if ('ok' in record) return record;
      // Whoever restores an old record can move its place among what is due, but not the decision's end.
      if (record.decision !== null && (await redisNow(redis)) >= record.decision.validUntil) {
        return { ok: false, refusal: 'late', record };
      }
      return move(record, {
        event: 'start',
        person: record.request.requester,
        detail: '',
        when: 'before',
        fields: () => ({ job }),
      });
    },

    async hold(id, fence, work) {
      const fields = Object.entries(workFields(id, work)).flat();
      const held = await runScript(
        redis,
        holdScript,
        [requestKey(id), dueKey],
        [id, fence, leaseMs, ...fields],
      );
      return held === 1;
    },

    async end(id, event, outcome, { fence, from, by, work, settleInMs } = {}) {
      const record = await found(id);
      if ('ok' in record) return record;
      if (from !== undefined && record.state !== from) return { ok: false, refusal: 'state', record };
      if (record.state === 'running' && fence === undefined) return { ok: false, refusal: 'fence', record };
      const itself = event === 'settle-done' || event === 'settle-undone';
      return move(record, {
        event,
        person: by ?? (itself ? botItself : record.request.requester),
        detail: outcome.message.slice(0, 200),
        fence,
        dueInMs: settleInMs,
        fields: () => ({ outcome: JSON.stringify(outcome), ...workFields(id, work) }),
      });
    },

    async sweep() {
      const ids = (await runScript(redis, dueScript, [dueKey], [100])) as string[];
      const swept: ApprovalRecord[] = [];
      for (const id of ids) {
        const record = await find(id);
        if (record === 'missing' || record === 'forged') {
          await redis.zrem(dueKey, id);
          continue;
        }
        const event: Event = record.state === 'running' ? 'lose' : 'expire';
        if (next(record.state, event) === undefined) {
          const mine = await runScript(redis, claimOneScript, [dueKey], [id, settleEveryMs]);
          if (mine === 1) swept.push(record);
          continue;
        }
        const moved = await move(record, {
          event,
          person: botItself,
          detail: 'past its time',
          when: 'after',
        });
        if (moved.ok) swept.push(moved.record);
      }
      return swept;
    },

    async open() {
      const ids = await redis.zrange(dueKey, '0', '-1');
      const records = await Promise.all(ids.map(find));
      return records.filter((record) => typeof record !== 'string');
    },

    async placeCard(id, card) {
      await runScript(redis, noteScript, [requestKey(id)], ['card', JSON.stringify(card)]);
    },

    async cardShown({ request: { id }, state, since }) {
      const again = state === 'pending' || state === 'approved' ? cardAgainMs : '';
      await runScript(redis, shownScript, [requestKey(id), cardsKey], [id, state, since, again]);
    },

    claimCards: () => claim(cardsKey),
    claimUnused: () => claim(unusedKey),

    async usedUp(id, outcome) {
      if (outcome !== undefined) {
        await runScript(redis, noteScript, [requestKey(id)], ['outcome', JSON.stringify(outcome)]);
        await redis.zadd(cardsKey, await redisNow(redis), id);
      }
      await redis.zrem(unusedKey, id);
    },

    async remark(request, remark) {
      await audit.append(auditEvent(request, remark));
    },
  };
};

const auditEvent = (
  request: ApprovalRequest,
  { action, person, team, detail, cluster }: Remark,
): AuditEvent => ({
  action,
  requestId: request.id,
  person,
  team: team ?? request.team,
  cluster: cluster ?? request.acceptor,
  hash: digestOf(request),
  detail,
});

class NotMoved extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

class NotCreated extends Error {
  readonly why: 'too-many' | 'exists';
  constructor(why: NotCreated['why']) {
    super(why);
    this.why = why;
  }
}

/** When the new state is due, in ms from now: the reveal window, a run's lease, the next look at an unknown end. */
const dueIn = (state: State): number | '' => {
  if (state === 'approved') return revealWindowMs;
  if (state === 'running') return leaseMs;
  return state === 'unknown' ? settleEveryMs : '';
};

const summaryOf = ({ kind, acceptor, dialer, peer, replace }: ApprovalRequest): string =>
  kind === 'connect'
    ? `connect ${acceptor} and ${dialer ?? ''} as ${peer}`
    : `token of ${acceptor} for ${peer}${replace ? ', replacing' : ''}`;

import { createHash } from 'node:crypto';
import { type Audit, type AuditEvent, type PreparedEntry, auditKeys, auditNow } from '../audit';
import type { RedisClient } from '../../redis/redis';
import { type Approvals, botActor, type TransitionResult, type Remark } from './approvals';
import {
  cardShownScript,
  claimDueScript,
  claimOneScript,
  createScript,
  renewLeaseScript,
  setDetailsScript,
  transitionScript,
} from './approval-scripts';
import { type RequestEvent, isEnd, countsAsOpen, nextState } from './machine';
import { parseRecord } from './parse-record';
import {
  type ApprovalRecord,
  type ApprovalRequest,
  type ApprovalDecision,
  maxOpenRequests,
  revealWindowMs,
  type RequestState,
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
/** Lifetime of ended requests (ms). */
const endedTtlMs = 30 * 86_400_000;
/** Whoever moves a request edits its card; this much later (ms) somebody else does, if that was not seen to work. */
const cardAfterMs = 5_000;
/** How often the card of a request that waits for a click is edited again (ms): somebody may have deleted it. */
const cardAgainMs = 60_000;
/** How long a process that took a card or an unused token has for it (ms), before another may. */
const claimedMs = 30_000;
const maxClaimedAtOnce = 20;
const maxSweptAtOnce = 100;

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

  const keysOf = ({ id, team, requester }: ApprovalRequest) => ({
    request: requestKey(id),
    due: dueKey,
    open: openKey(team, requester),
    auditList: auditKeys.list,
    auditHead: auditKeys.head,
    cards: cardsKey,
    unused: unusedKey,
  });

  const workFields = (id: string, work: Work | undefined): Readonly<Record<string, string>> =>
    work === undefined
      ? {}
      : { work: JSON.stringify(work), workSig: signer.sign('work', workClaim(id, work)) };

  interface Move {
    readonly event: RequestEvent;
    readonly person: string;
    readonly detail: string;
    readonly fence?: number | undefined;
    readonly dueInMs?: number | undefined;
    readonly when?: 'before' | 'after';
    readonly fields?: (prepared: PreparedEntry) => Readonly<Record<string, string>>;
  }

  const move = async (
    record: ApprovalRecord,
    { event, person, detail, fence, dueInMs, when, fields }: Move,
  ): Promise<TransitionResult> => {
    const { request } = record;
    const to = nextState(record.state, event);
    if (to === undefined) return { ok: false, refusal: 'state', record };
    const moved = await audit.within(auditEvent(request, { action: event, person, detail }), (prepared) =>
      transitionScript(
        redis,
        keysOf(request),
        {
          expectedHead: prepared.expectedHead,
          newHead: prepared.newHead,
          entry: prepared.text,
          id: request.id,
          from: record.state,
          to,
          fence: fence ?? '',
          when: when ?? '',
          dueInMs: to === 'unknown' && dueInMs !== undefined ? dueInMs : dueIn(to),
          stillOpen: countsAsOpen(to) ? '1' : '',
          ttlMs: isEnd(to) ? endedTtlMs : '',
          cardInMs: cardAfterMs,
          unusedInMs: to === 'done' && request.kind === 'token' ? unusedAfterMs : '',
        },
        fields?.(prepared),
      ),
    );
    const after = await find(request.id);
    const known = typeof after === 'string' ? undefined : after;
    if (moved.ok && known !== undefined) return { ok: true, record: known };
    return { ok: false, refusal: moved.ok ? 'missing' : moved.error, record: known };
  };

  const found = async (id: string): Promise<ApprovalRecord | Extract<TransitionResult, { ok: false }>> => {
    const record = await find(id);
    return typeof record === 'string' ? { ok: false, refusal: record, record: undefined } : record;
  };

  /** The same for what gives somebody a right: only where the signed trail leads to the state that is there. */
  const foundInTrail = async (
    id: string,
  ): Promise<ApprovalRecord | Extract<TransitionResult, { ok: false }>> => {
    const { raw, agrees } = await readWithTrail(redis, requestKey(id), id, signer);
    const record = parseRecord(raw, signer);
    if (typeof record === 'string') return { ok: false, refusal: record, record: undefined };
    return agrees ? record : { ok: false, refusal: 'forged', record };
  };

  /** Takes what is due in a list; what is no request of ours leaves it. */
  const claim = async (key: string): Promise<readonly ApprovalRecord[]> => {
    const ids = await claimDueScript(redis, { due: key }, { maxIds: maxClaimedAtOnce, againInMs: claimedMs });
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
      const createdAt = await auditNow(redis);
      const id = requestIdOf(key);
      const request: ApprovalRequest = { ...draft, id, createdAt, expiresAt: createdAt + expiresMs };
      const event = auditEvent(request, {
        action: 'request',
        person: request.requester,
        detail: summaryOf(request),
      });
      const created = await audit.within(event, (prepared) =>
        createScript(
          redis,
          keysOf(request),
          {
            expectedHead: prepared.expectedHead,
            newHead: prepared.newHead,
            entry: prepared.text,
            id,
            dueAt: request.expiresAt,
            maxOpen: maxOpenRequests,
            cardAt: createdAt + cardAfterMs,
          },
          {
            request: JSON.stringify(request),
            requestSig: signer.sign('request', request),
            state: 'pending',
            since: String(createdAt),
            fence: '0',
          },
        ),
      );
      if (!created.ok && created.error === 'too-many') return created.error;
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
      if ((await auditNow(redis)) >= request.expiresAt) return { ok: false, refusal: 'late', record };
      const event = ({ approved: 'approve', denied: 'deny', cancelled: 'cancel' } as const)[given.verdict];
      return move(record, {
        event,
        person: given.by,
        detail: given.reason.slice(0, 200),
        when: 'before',
        fields: ({ entry }) => {
          const decision: ApprovalDecision = {
            ...given,
            at: entry.at,
            validUntil: entry.at + revealWindowMs,
          };
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
      if (record.decision !== null && (await auditNow(redis)) >= record.decision.validUntil) {
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

    hold(id, fence, work) {
      return renewLeaseScript(
        redis,
        { request: requestKey(id), due: dueKey },
        { id, fence, leaseMs },
        workFields(id, work),
      );
    },

    async end(id, event, outcome, { fence, from, by, work, settleInMs } = {}) {
      const record = await found(id);
      if ('ok' in record) return record;
      if (from !== undefined && record.state !== from) return { ok: false, refusal: 'state', record };
      if (record.state === 'running' && fence === undefined) return { ok: false, refusal: 'fence', record };
      const itself = event === 'settle-done' || event === 'settle-undone';
      return move(record, {
        event,
        person: by ?? (itself ? botActor : record.request.requester),
        detail: outcome.message.slice(0, 200),
        fence,
        dueInMs: settleInMs,
        fields: () => ({ outcome: JSON.stringify(outcome), ...workFields(id, work) }),
      });
    },

    async sweep() {
      const now = await auditNow(redis);
      const ids = await redis.zrangebyscore(dueKey, '-inf', now, 'LIMIT', 0, maxSweptAtOnce);
      const swept: ApprovalRecord[] = [];
      for (const id of ids) {
        const record = await find(id);
        if (record === 'missing' || record === 'forged') {
          await redis.zrem(dueKey, id);
          continue;
        }
        const event: RequestEvent = record.state === 'running' ? 'lose' : 'expire';
        if (nextState(record.state, event) === undefined) {
          const mine = await claimOneScript(redis, { due: dueKey }, { id, againInMs: settleEveryMs });
          if (mine) swept.push(record);
          continue;
        }
        const moved = await move(record, {
          event,
          person: botActor,
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
      await setDetailsScript(redis, { request: requestKey(id) }, {}, { card: JSON.stringify(card) });
    },

    async cardShown({ request: { id }, state, since }) {
      const againInMs = state === 'pending' || state === 'approved' ? cardAgainMs : '';
      await cardShownScript(
        redis,
        { request: requestKey(id), cards: cardsKey },
        { id, state, since, againInMs },
      );
    },

    claimCards: () => claim(cardsKey),
    claimUnused: () => claim(unusedKey),

    async usedUp(id, outcome) {
      if (outcome !== undefined) {
        await setDetailsScript(redis, { request: requestKey(id) }, {}, { outcome: JSON.stringify(outcome) });
        await redis.zadd(cardsKey, await auditNow(redis), id);
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

/** When the new state is due, in ms from now: the reveal window, a run's lease, the next look at an unknown end. */
const dueIn = (state: RequestState): number | '' => {
  if (state === 'approved') return revealWindowMs;
  if (state === 'running') return leaseMs;
  return state === 'unknown' ? settleEveryMs : '';
};

const summaryOf = ({ kind, acceptor, dialer, peer, replace }: ApprovalRequest): string =>
  kind === 'connect'
    ? `connect ${acceptor} and ${dialer ?? ''} as ${peer}`
    : `token of ${acceptor} for ${peer}${replace ? ', replacing' : ''}`;

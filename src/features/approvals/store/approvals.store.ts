import { createHash } from 'node:crypto';
import { type Audit, type PreparedEntry, auditKeys, auditNow } from '../../audit';
import type { AuditEvent } from '../../../access/audit-event';
import type { RedisClient } from '../../../redis/redis';
import { failure, success } from '../../../result';
import { type Approvals, botActor, type TrailProblem, type TransitionResult, type Remark } from './approvals';
import {
  cardShownScript,
  claimDueScript,
  claimOneScript,
  createScript,
  renewLeaseScript,
  setDetailsScript,
  transitionScript,
} from './scripts';
import { type RequestEvent, isEnd, countsAsOpen, nextState } from '../requests/transitions';
import { requestKinds } from '../plans/kinds';
import { coversSides, parseRecord } from './parse-record';
import {
  type ApprovalRecord,
  type ApprovalRequest,
  type ApprovalDecision,
  type ApprovalOutcome,
  maxOpenRequests,
  revealWindowMs,
  type RequestState,
  undoWindowMs,
  unusedAfterMs,
  type Work,
} from '../requests/request';
import { isInTrail, readWithTrail } from './trail';
import { digestOf, type Signer } from '../../../signing/sign';
import { cardClaim, decisionClaim, outcomeClaim, workClaim, yesesClaim } from './signed-claims';
import { omitUndefined } from '../../../omit-undefined';

const prefix = 'peering-bot:{approvals}:';
/** Keys of requests begin with this; their id follows. */
export const requestPrefix = `${prefix}request:`;
const requestKey = (id: string): string => `${requestPrefix}${id}`;
const openKey = (team: string, person: string): string => `${prefix}open:${team}:${person}`;
const dueKey = `${prefix}due`;
/** Requests whose card does not show their state yet, or is checked again later. */
const cardsKey = `${prefix}cards`;
/** Requests whose token was shown and may be unused. */
const unusedKey = `${prefix}unused`;

/** Lease of a run (ms). A run renews it before each write; one that does not counts as crashed. */
const leaseMs = 60_000;
/** Time between two attempts to reconcile an unknown state (ms). */
const reconcileEveryMs = 30_000;
/** Lifetime of ended requests (ms). */
const endedTtlMs = 30 * 86_400_000;
/** Time after a transition until another process edits the card, if the first one did not (ms). */
const cardAfterMs = 5_000;
/** Time between two edits of the card of a request that waits for a click (ms): it may have been deleted. */
const cardDelayMs = 60_000;
/** Time that a process has for a card or an unused token that it claimed, before another may claim it (ms). */
const claimedMs = 30_000;
/** Longer than any job about peering tokens is valid, with clocks that differ, in ms. */
const knownForMs = 2 * 3_600_000;
const maxClaimedAtOnce = 20;
const maxSweptAtOnce = 100;

/** Derives the id of a request from its key. */
export const requestIdOf = (key: string): string =>
  BigInt(`0x${createHash('sha256').update(`request\n${key}`).digest('hex').slice(0, 24)}`)
    .toString(36)
    .padStart(19, '0');

/** Opens the store of requests. All times are of Redis's clock; the signing key never reaches Redis. */
export const openApprovals = (redis: RedisClient, signer: Signer, audit: Audit): Approvals => {
  const find: Approvals['find'] = async (id) => {
    if (!/^[a-z0-9]{8,40}$/.test(id)) return 'missing';
    return parseRecord(await redis.hgetall(requestKey(id)), id, signer);
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

  const outcomeFields = (id: string, outcome: ApprovalOutcome): Readonly<Record<string, string>> => ({
    outcome: JSON.stringify(outcome),
    outcomeSig: signer.sign('outcome', outcomeClaim(id, outcome)),
  });

  /** A step that grants a right. */
  interface Grants {
    /** The trail must hold no answer to this click. */
    readonly click?: string | undefined;
    /** The present state must not be older, by the trail. */
    readonly withinMs?: number;
  }

  interface Transition {
    readonly event: RequestEvent;
    readonly person: string;
    readonly detail: string;
    readonly fence?: number | undefined;
    readonly dueInMs?: number | undefined;
    readonly when?: 'before' | 'after';
    /** The step grants a right, so the trail must lead to the present state. */
    readonly grants?: Grants;
    readonly fields?: (prepared: PreparedEntry) => Readonly<Record<string, string>>;
  }

  const transition = async (
    record: ApprovalRecord,
    { event, person, detail, fence, dueInMs, when, grants, fields }: Transition,
  ): Promise<TransitionResult> => {
    const { request } = record;
    const to = nextState(record.state, event);
    if (to === undefined) return failure({ reason: 'state', record });
    const click = grants?.click;
    const entry = auditEvent(request, { action: event, person, detail, ...(click && { click }) });
    const moved = await audit.within(entry, async (prepared) => {
      if (grants) {
        const problem = await problemInTrail(record, grants, prepared);
        if (problem !== undefined) return problem;
      }
      return transitionScript(
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
          // A yes that needs another leaves the request as it is until its end.
          dueInMs:
            to === record.state ? 'same' : to === 'unknown' && dueInMs !== undefined ? dueInMs : dueIn(to),
          stillOpen: countsAsOpen(to) ? '1' : '',
          ttlMs: isEnd(to) ? endedTtlMs : '',
          cardInMs: cardAfterMs,
          unusedInMs: to === 'done' && request.kind === 'token' ? unusedAfterMs : '',
          yesesSig: record.yesesSig,
        },
        fields?.(prepared),
      );
    });
    const after = await find(request.id);
    const known = typeof after === 'string' ? undefined : after;
    if (moved.ok && known !== undefined) return success(known);
    return failure({ reason: moved.ok ? 'missing' : moved.error, record: known });
  };

  const findCurrent = async (id: string): Promise<TransitionResult> => {
    const record = await find(id);
    return typeof record === 'string' ? failure({ reason: record }) : success(record);
  };

  /** Compares a request with the trail that an entry follows; `audit`: the trail has moved on. */
  const problemInTrail = async (
    { request, state, yeses, yesesSig }: ApprovalRecord,
    { click, withinMs }: Grants,
    { expectedHead: head, entry }: PreparedEntry,
  ): Promise<'audit' | 'state' | 'forged' | 'late' | TrailProblem | undefined> => {
    const anchor = await audit.anchored();
    if (!anchor.ok) return 'unanchored';
    const trail = await readWithTrail(redis, requestKey(request.id), request, signer, anchor.value);
    if (trail.head !== head) return 'audit';
    if (trail.rolledBack) return 'rolled-back';
    const now = parseRecord(trail.raw, request.id, signer);
    if (now === 'forged' || trail.state === undefined) return 'forged';
    if (now === 'missing' || now.state !== state || now.yesesSig !== yesesSig) return 'state';
    if (trail.state !== state) return 'forged';
    if (withinMs !== undefined && entry.at - trail.since > withinMs) return 'late';
    // Each yes that is about to count was written to the trail when it was given.
    if (!yeses.every(({ by, at }) => trail.yeses.some((yes) => yes.by === by && yes.at === at)))
      return 'forged';
    return click !== undefined && trail.clicks.has(click) ? 'repeated' : undefined;
  };

  /** Claims the requests that are due in a list, and removes ids from it that are not requests of this bot. */
  const claim = async (key: string): Promise<readonly ApprovalRecord[]> => {
    const ids = await claimDueScript(redis, { due: key }, { maxIds: maxClaimedAtOnce, delayMs: claimedMs });
    const records: ApprovalRecord[] = [];
    for (const id of ids) {
      const record = await find(id);
      if (typeof record === 'string') await redis.zrem(key, id);
      else records.push(record);
    }
    return records;
  };

  const amendOutcome: Approvals['amendOutcome'] = async (id, outcome) => {
    await setDetailsScript(redis, { request: requestKey(id) }, {}, outcomeFields(id, outcome));
    await redis.zadd(cardsKey, await auditNow(redis), id);
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
        detail: requestKinds[request.kind].summary(request),
      });
      const created = await audit.within(event, async (prepared) => {
        // A job can be added to Redis again for as long as it is valid, so older entries do not matter.
        const known = await isInTrail(redis, id, createdAt - knownForMs, prepared.expectedHead);
        if (known === 'audit') return known;
        if (known) return (await redis.exists(requestKey(id))) === 0 ? 'repeated' : 'exists';
        return createScript(
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
        );
      });
      if (!created.ok && created.error !== 'exists') return created.error;
      const record = await find(id);
      if (typeof record === 'string') throw new Error(`the request ${id} that was just stored is ${record}`);
      return record;
    },

    async decide(id, given, click, examined) {
      const found = await findCurrent(id);
      if (!found.ok) return found;
      const record = found.value;
      const { request } = record;
      // Another yes has come meanwhile.
      if (examined !== undefined && examined.yesesSig !== record.yesesSig)
        return failure({ reason: 'state', record });
      if (!coversSides(request, given)) return failure({ reason: 'own-request', record });
      const own = given.by === request.requester;
      if (own !== (given.verdict === 'cancelled') || given.team !== request.team) {
        return failure({ reason: 'own-request', record });
      }
      // Write access to Redis can move a request's due time, but not the end that was signed.
      if ((await auditNow(redis)) >= request.expiresAt) return failure({ reason: 'late', record });
      const event = ({ approved: 'approve', denied: 'deny', cancelled: 'cancel' } as const)[given.verdict];
      return transition(record, {
        event,
        person: given.by,
        detail: given.reason.slice(0, 200),
        when: 'before',
        grants: { click },
        fields: ({ entry }) => {
          const { yeses, ...rest } = given;
          const decision: ApprovalDecision = {
            ...rest,
            ...(yeses && { yeses: yeses.map((yes) => (yes.at === 0 ? { ...yes, at: entry.at } : yes)) }),
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

    async consent(record, { kept, yes, detail }, click) {
      const { request } = record;
      if (yes.by === request.requester || yes.team !== request.team)
        return failure({ reason: 'own-request', record });
      if ((await auditNow(redis)) >= request.expiresAt) return failure({ reason: 'late', record });
      return transition(record, {
        event: 'consent',
        person: yes.by,
        detail: detail.slice(0, 200),
        when: 'before',
        grants: { click },
        fields: ({ entry }) => {
          const yeses = [...kept, { ...yes, at: entry.at }];
          return { yeses: JSON.stringify(yeses), yesesSig: signer.sign('yeses', yesesClaim(request, yeses)) };
        },
      });
    },

    async isAnswered(id, click) {
      const found = await find(id);
      if (typeof found === 'string') return false;
      const { clicks } = await readWithTrail(redis, requestKey(id), found.request, signer, undefined);
      return clicks.has(click);
    },

    async start(id, job) {
      const found = await findCurrent(id);
      if (!found.ok) return found;
      const record = found.value;
      // Restoring an old record can move its due time, but not the end of its decision.
      if (record.decision !== null && (await auditNow(redis)) >= record.decision.validUntil) {
        return failure({ reason: 'late', record });
      }
      const started = await transition(record, {
        event: 'start',
        person: record.request.requester,
        detail: '',
        when: 'before',
        grants: { click: job },
        fields: () => ({ job }),
      });
      if (!started.ok || (await audit.isAnchored())) return started;
      // Without the entry in the anchor, the trail could be rolled back to before this run, and the run repeated.
      const message = 'nothing was done: the anchor of the audit trail could not be written';
      const { fence } = started.value;
      const ended = await transition(started.value, {
        event: 'fail',
        person: botActor,
        detail: message,
        fence,
        fields: () => outcomeFields(id, { message, facts: [] }),
      });
      return failure({ reason: 'unanchored', record: ended.ok ? ended.value : started.value });
    },

    renewLease(id, fence, work) {
      return renewLeaseScript(
        redis,
        { request: requestKey(id), due: dueKey },
        { id, fence, leaseMs },
        workFields(id, work),
      );
    },

    async end(id, event, outcome, { fence, from, by, work, reconcileInMs } = {}) {
      const found = await findCurrent(id);
      if (!found.ok) return found;
      const record = found.value;
      if (from !== undefined && record.state !== from) return failure({ reason: 'state', record });
      if (record.state === 'running' && fence === undefined) return failure({ reason: 'fence', record });
      const itself = event === 'reconcile-done' || event === 'reconcile-undone';
      return transition(record, {
        event,
        person: by ?? (itself ? botActor : record.request.requester),
        detail: outcome.message.slice(0, 200),
        fence,
        dueInMs: reconcileInMs,
        fields: () => ({ ...outcomeFields(id, outcome), ...workFields(id, work) }),
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
          const mine = await claimOneScript(redis, { due: dueKey }, { id, delayMs: reconcileEveryMs });
          if (mine) swept.push(record);
          continue;
        }
        const moved = await transition(record, {
          event,
          person: botActor,
          detail: 'past its time',
          when: 'after',
        });
        if (moved.ok) swept.push(moved.value);
      }
      return swept;
    },

    async open() {
      const ids = await redis.zrange(dueKey, '0', '-1');
      const records = await Promise.all(ids.map(find));
      return records.filter((record) => typeof record !== 'string');
    },

    async setCard(id, card, field = 'card') {
      const fields = {
        [field]: JSON.stringify(card),
        [`${field}Sig`]: signer.sign(field, cardClaim(id, card)),
      };
      await setDetailsScript(redis, { request: requestKey(id) }, {}, fields);
    },

    async cardShown({ request: { id }, state, since }) {
      const delayMs = state === 'pending' || state === 'approved' ? cardDelayMs : '';
      await cardShownScript(
        redis,
        { request: requestKey(id), cards: cardsKey },
        { id, state, since, delayMs },
      );
    },

    claimCards: () => claim(cardsKey),
    claimUnused: () => claim(unusedKey),

    async forgetUnused(id, outcome) {
      if (outcome !== undefined) await amendOutcome(id, outcome);
      await redis.zrem(unusedKey, id);
    },

    async beginUndo(record, { person, team, click }) {
      const { request } = record;
      const undo = { action: 'undo', person, team, click, detail: `undoes the ${request.kind}` };
      const grants = { click, withinMs: undoWindowMs };
      const begun = await audit.appendUnless(auditEvent(request, undo), (prepared) =>
        problemInTrail(record, grants, prepared),
      );
      if (!begun.ok) return begun;
      // Without the entry in the anchor, the trail could be rolled back to before this write.
      return (await audit.isAnchored()) ? success(undefined) : failure('unanchored');
    },

    amendOutcome,

    async remark(request, remark) {
      await audit.append(auditEvent(request, remark));
    },
  };
};

const auditEvent = (
  request: ApprovalRequest,
  { action, person, team, detail, cluster, click }: Remark,
): AuditEvent => ({
  action,
  requestId: request.id,
  person,
  team: team ?? request.team,
  cluster: cluster ?? request.acceptor,
  hash: digestOf(request),
  detail,
  ...omitUndefined({ click }),
});

/** Time until a new state is due, in ms: the reveal window, a run's lease, the next attempt to reconcile. */
const dueIn = (state: RequestState): number | '' => {
  if (state === 'approved') return revealWindowMs;
  if (state === 'running') return leaseMs;
  return state === 'unknown' ? reconcileEveryMs : '';
};

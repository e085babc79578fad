import { randomBytes } from 'node:crypto';
import type { Audit, AuditEvent, Prepared } from '../audit';
import { auditKeys, redisNow } from '../audit';
import type { RedisClient } from '../redis';
import { runScript } from '../script';
import { createScript, dueScript, holdScript, moveScript, noteScript } from './lua';
import { type Event, isEnd, isOpen, next } from './machine';
import { parseRecord } from './parse';
import {
  type ApprovalRecord,
  type ApprovalRequest,
  type Decision,
  openRequestsAPerson,
  type Outcome,
  revealWindowMs,
  type State,
} from './request';
import { decisionClaim, digestOf, type Signer } from './sign';

const prefix = 'peering-bot:{approvals}:';
const requestKey = (id: string): string => `${prefix}request:${id}`;
const openKey = (team: string, person: string): string => `${prefix}open:${team}:${person}`;
const dueKey = `${prefix}due`;

/** A run renews its lease before each write; one that does not is taken for crashed (ms). */
const leaseMs = 60_000;
/** How often an unknown state is looked at again (ms). */
const settleEveryMs = 30_000;
/** How long an ended request is kept (ms). */
const keptMs = 30 * 86_400_000;

/** Why nothing changed. `forged`: its signature is not ours; `late`: past its time by Redis's clock. */
type Refusal = 'missing' | 'forged' | 'state' | 'late' | 'early' | 'fence' | 'own-request';

type Moved =
  | { readonly ok: true; readonly record: ApprovalRecord }
  | { readonly ok: false; readonly refusal: Refusal; readonly record: ApprovalRecord | undefined };

type Draft = Omit<ApprovalRequest, 'id' | 'createdAt' | 'expiresAt'>;

export interface Approvals {
  /** Asks. `too-many`: the person has three open already. */
  readonly create: (draft: Draft, expiresMs: number) => Promise<ApprovalRecord | 'too-many'>;
  readonly find: (id: string) => Promise<ApprovalRecord | 'missing' | 'forged'>;
  /** Decides, while it is pending and in time. Nobody approves a request of their own; only its requester cancels. */
  readonly decide: (id: string, decision: Omit<Decision, 'at' | 'validUntil'>) => Promise<Moved>;
  /** Takes an approved request into a run. Of all who try, one succeeds; its fence guards every later write. */
  readonly start: (id: string) => Promise<Moved>;
  /** Before each write to Consul: whether this run still may. Renews its lease. */
  readonly hold: (id: string, fence: number) => Promise<boolean>;
  /** Ends a run, or settles one whose end was lost. */
  readonly end: (
    id: string,
    event: Exclude<Event, 'approve' | 'deny' | 'cancel' | 'expire' | 'start'>,
    outcome: Outcome,
    fence?: number,
  ) => Promise<Moved>;
  /** Whatever is past its time by Redis's clock: pending and approved expire, a silent run becomes unknown. */
  readonly sweep: () => Promise<readonly ApprovalRecord[]>;
  /** All requests that have not ended, oldest end first. */
  readonly open: () => Promise<readonly ApprovalRecord[]>;
  /** Remembers where the card stands. */
  readonly placeCard: (id: string, card: { readonly channel: string; readonly ts: string }) => Promise<void>;
}

/** Opens the store of requests. All times are of Redis's clock; the signing key never reaches Redis. */
export const openApprovals = (redis: RedisClient, signer: Signer, audit: Audit): Approvals => {
  const find: Approvals['find'] = async (id) => {
    if (!/^[a-z0-9]{8,40}$/.test(id)) return 'missing';
    return parseRecord(await redis.hgetall(requestKey(id)), signer);
  };

  const auditEvent = (
    request: ApprovalRequest,
    action: string,
    person: string,
    detail: string,
  ): AuditEvent => ({
    action,
    requestId: request.id,
    person,
    team: request.team,
    cluster: request.acceptor,
    hash: digestOf(request),
    detail,
  });

  interface Move {
    readonly event: Event;
    readonly person: string;
    readonly detail: string;
    readonly fence?: number;
    readonly when?: 'before' | 'after';
    readonly fields?: (prepared: Prepared) => Readonly<Record<string, string>>;
  }

  const move = async (
    record: ApprovalRecord,
    { event, person, detail, fence, when, fields }: Move,
  ): Promise<Moved> => {
    const { request } = record;
    const to = next(record.state, event);
    if (to === undefined) return { ok: false, refusal: 'state', record };
    const keys = [
      requestKey(request.id),
      dueKey,
      openKey(request.team, request.requester),
      auditKeys.list,
      auditKeys.head,
    ];
    const code = await audit
      .within(auditEvent(request, event, person, detail), async (prepared) => {
        const answer = await runScript(redis, moveScript, keys, [
          prepared.expectedHead,
          prepared.newHead,
          prepared.text,
          request.id,
          record.state,
          to,
          fence ?? '',
          when ?? '',
          dueIn(to),
          isOpen(to) ? '1' : '',
          isEnd(to) ? keptMs : '',
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

  return {
    find,

    async create(draft, expiresMs) {
      const createdAt = await redisNow(redis);
      const request: ApprovalRequest = { ...draft, id: newId(), createdAt, expiresAt: createdAt + expiresMs };
      const keys = [
        requestKey(request.id),
        dueKey,
        openKey(request.team, request.requester),
        auditKeys.list,
        auditKeys.head,
      ];
      const event = auditEvent(request, 'request', request.requester, summaryOf(request));
      const answer = await audit
        .within(event, async (prepared) => {
          const code = await runScript(redis, createScript, keys, [
            prepared.expectedHead,
            prepared.newHead,
            prepared.text,
            request.id,
            request.expiresAt,
            openRequestsAPerson,
            ...Object.entries({
              request: JSON.stringify(request),
              requestSig: signer.sign('request', request),
              state: 'pending',
              since: String(createdAt),
              fence: '0',
            }).flat(),
          ]);
          if (code === 'audit') return false;
          if (code === 'too-many') throw new TooMany();
          if (code !== 'ok') throw new Error(`a request of the id ${request.id} exists already`);
          return request;
        })
        .catch((error: unknown) => {
          if (error instanceof TooMany) return 'too-many' as const;
          throw error;
        });
      if (answer === 'too-many') return answer;
      return {
        request,
        state: 'pending',
        since: createdAt,
        decision: null,
        fence: 0,
        card: null,
        outcome: null,
      };
    },

    async decide(id, given) {
      const record = await found(id);
      if ('ok' in record) return record;
      const { request } = record;
      const own = given.by === request.requester;
      if (own !== (given.verdict === 'cancelled') || given.team !== request.team) {
        return { ok: false, refusal: 'own-request', record };
      }
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

    async start(id) {
      const record = await found(id);
      if ('ok' in record) return record;
      return move(record, { event: 'start', person: record.request.requester, detail: '', when: 'before' });
    },

    async hold(id, fence) {
      return (await runScript(redis, holdScript, [requestKey(id), dueKey], [id, fence, leaseMs])) === 1;
    },

    async end(id, event, outcome, fence) {
      const record = await found(id);
      if ('ok' in record) return record;
      return move(record, {
        event,
        person: record.request.requester,
        detail: outcome.message.slice(0, 200),
        ...(fence === undefined ? {} : { fence }),
        fields: () => ({ outcome: JSON.stringify(outcome) }),
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
          swept.push(record);
          continue;
        }
        const moved = await move(record, {
          event,
          person: 'peering-bot',
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
  };
};

class NotMoved extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

class TooMany extends Error {}

/** When the new state is due, in ms from now: the reveal window, a run's lease, the next look at an unknown end. */
const dueIn = (state: State): number | '' => {
  if (state === 'approved') return revealWindowMs;
  if (state === 'running') return leaseMs;
  return state === 'unknown' ? settleEveryMs : '';
};

const newId = (): string =>
  BigInt(`0x${randomBytes(12).toString('hex')}`)
    .toString(36)
    .padStart(19, '0');

const summaryOf = ({ kind, acceptor, dialer, peer, replace }: ApprovalRequest): string =>
  kind === 'connect'
    ? `connect ${acceptor} and ${dialer ?? ''} as ${peer}`
    : `token of ${acceptor} for ${peer}${replace ? ', replacing' : ''}`;

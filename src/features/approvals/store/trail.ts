import { type AuditEntry, auditKeys, type ChainLink, emptyHead, followTrail, parseEntry } from '../../audit';
import { readWithTrailScript } from './scripts';
import type { RedisClient } from '../../../redis/redis';
import { nextState, RequestEvent } from '../requests/transitions';
import type { RawRecord } from './parse-record';
import type { ApprovalRequest, RequestState } from '../requests/request';
import { digestOf, type Signer } from '../../../signing/sign';

/** Names of events in entries that earlier versions wrote. */
const formerNames: Readonly<Record<string, RequestEvent>> = {
  // oxlint-disable-next-line plain-english/words -- stored and signed by earlier versions
  'settle-done': 'reconcile-done',
  // oxlint-disable-next-line plain-english/words -- stored and signed by earlier versions
  'settle-undone': 'reconcile-undone',
};

/** A request in Redis, and what the signed trail says about it at the same moment. */
interface RequestInTrail {
  readonly raw: RawRecord;
  /** The head of the trail according to Redis. */
  readonly head: string;
  /** The state that the trail leads to; undefined if the trail has a gap, or no entry of the request. */
  readonly state: RequestState | undefined;
  /** When it came into that state, by the trail. */
  readonly since: number;
  /** Each yes that the trail has an entry of. */
  readonly yeses: readonly { readonly by: string; readonly at: number }[];
  /** The jobs of clicks that the trail has an answer to. */
  readonly clicks: ReadonlySet<string>;
  /** The anchor knows an entry that the trail does not have. */
  readonly rolledBack: boolean;
}

/**
 * Reads a request together with the signed trail. The state itself is not signed: without this, an older record that was
 * restored would count as the current one. It still does if the trail was restored with it, unless an anchor outside of
 * Redis has a later entry.
 *
 * @param anchor the newest entry that the anchor knows.
 */
export const readWithTrail = async (
  redis: RedisClient,
  key: string,
  request: ApprovalRequest,
  signer: Signer,
  anchor: ChainLink | undefined,
): Promise<RequestInTrail> => {
  const [fields, head, newestFirst] = await readWithTrailScript(
    redis,
    { request: key, auditList: auditKeys.list, auditHead: auditKeys.head },
    { idInEntry: idInEntry(request.id), fromSeq: anchor?.seq ?? '', sinceMs: '' },
  );
  const raw: Record<string, string> = {};
  for (let at = 0; at + 1 < fields.length; at += 2) raw[fields[at] ?? ''] = fields[at + 1] ?? '';
  const followed = followTrail(newestFirst.toReversed(), undefined, head, signer);
  const entries = followed.ok ? followed.value : [];
  const own = entries.filter(({ requestId }) => requestId === request.id);
  return {
    raw,
    head: head ?? emptyHead,
    ...stateIn(own, digestOf(request)),
    yeses: own.filter(({ action }) => action === 'consent').map(({ person: by, at }) => ({ by, at })),
    clicks: new Set(own.flatMap(({ click }) => click ?? [])),
    rolledBack:
      anchor !== undefined && !entries.some(({ seq, mac }) => seq === anchor.seq && mac === anchor.mac),
  };
};

/** Follows the entries of one request, from the one that created it. */
const stateIn = (own: readonly AuditEntry[], hash: string): Pick<RequestInTrail, 'state' | 'since'> => {
  const [first, ...rest] = own;
  if (first?.action !== 'request' || first.hash !== hash) return { state: undefined, since: 0 };
  let [state, since]: [RequestState | undefined, number] = ['pending', first.at];
  for (const { action, at } of rest) {
    const event = RequestEvent.safeParse(formerNames[action] ?? action);
    if (state !== undefined && event.success) [state, since] = [nextState(state, event.data), at];
  }
  return { state, since };
};

const idInEntry = (id: string): string => `"requestId":${JSON.stringify(id)}`;

/** Tells whether the trail, as it is at `head`, created a request since a time; `audit`: the trail has moved on. */
export const isInTrail = async (
  redis: RedisClient,
  id: string,
  sinceMs: number,
  head: string,
): Promise<boolean | 'audit'> => {
  const keys = { request: auditKeys.head, auditList: auditKeys.list, auditHead: auditKeys.head };
  const [, now, entries] = await readWithTrailScript(redis, keys, {
    idInEntry: idInEntry(id),
    fromSeq: '',
    sinceMs,
  });
  if ((now ?? emptyHead) !== head) return 'audit';
  return entries.some((text) => parseEntry(text)?.requestId === id);
};

import { auditKeys, followTrail } from '../audit';
import { readWithTrailScript } from './approval-scripts';
import type { RedisClient } from '../../redis/redis';
import { nextState, RequestEvent } from './machine';
import type { RawRecord } from './parse-record';
import type { RequestState } from './request';
import type { Signer } from '../../signing/sign';

/** Names of events in entries that earlier versions wrote. */
const formerNames: Readonly<Record<string, RequestEvent>> = {
  // oxlint-disable-next-line plain-english/words -- stored and signed by earlier versions
  'settle-done': 'reconcile-done',
  // oxlint-disable-next-line plain-english/words -- stored and signed by earlier versions
  'settle-undone': 'reconcile-undone',
};

/** Returns the state that the trail leads to; undefined if it is not whole, or does not know the request. */
const stateInTrail = (
  id: string,
  newestFirst: readonly string[],
  head: string | null,
  signer: Signer,
): RequestState | undefined => {
  const followed = followTrail(newestFirst.toReversed(), undefined, head, signer);
  const [first] = followed.ok ? followed.value : [];
  if (!followed.ok || first?.requestId !== id || first.action !== 'request') return undefined;
  return followed.value
    .filter(({ requestId }) => requestId === id)
    .reduce<RequestState | undefined>((state, { action }) => {
      const event = RequestEvent.safeParse(formerNames[action] ?? action);
      return state && event.success ? nextState(state, event.data) : state;
    }, 'pending');
};

/**
 * Reads a request, and compares its state with the one that the signed trail leads to. The state itself is not
 * signed: without this, an older record that was put back would count as the current one. Put back together with the
 * whole trail it still does; then only the state of Consul and the end of the decision prevent its use.
 */
export const readWithTrail = async (
  redis: RedisClient,
  key: string,
  id: string,
  signer: Signer,
): Promise<{ readonly raw: RawRecord; readonly agrees: boolean }> => {
  const [fields, head, entries] = await readWithTrailScript(
    redis,
    { request: key, auditList: auditKeys.list, auditHead: auditKeys.head },
    { idInEntry: `"requestId":${JSON.stringify(id)}` },
  );
  const raw: Record<string, string> = {};
  for (let at = 0; at + 1 < fields.length; at += 2) raw[fields[at] ?? ''] = fields[at + 1] ?? '';
  return { raw, agrees: raw['state'] === stateInTrail(id, entries, head, signer) };
};

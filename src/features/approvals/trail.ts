import { auditKeys, followTrail } from '../audit';
import { readWithTrailScript } from './approval-scripts';
import type { RedisClient } from '../../redis/redis';
import { type RequestEvent, requestEvents, nextState } from './machine';
import type { RawRecord } from './parse-record';
import type { RequestState } from './request';
import type { Signer } from '../../signing/sign';

const isEvent = (action: string): action is RequestEvent =>
  (requestEvents as readonly string[]).includes(action);

/** The state that the trail leads to; undefined where it is not whole, or does not know the request. */
const stateOf = (
  id: string,
  newestFirst: readonly string[],
  head: string | null,
  signer: Signer,
): RequestState | undefined => {
  const followed = followTrail(newestFirst.toReversed(), undefined, head, signer);
  const [first] = followed.ok ? followed.value : [];
  if (!followed.ok || first?.requestId !== id || first.action !== 'request') return undefined;
  return followed.value
    .filter(({ requestId, action }) => requestId === id && isEvent(action))
    .reduce<RequestState | undefined>(
      (state, { action }) => state && nextState(state, action as RequestEvent),
      'pending',
    );
};

/**
 * Reads a request, and whether its state is the one that the signed trail leads to. The state itself is not signed:
 * an older record that somebody puts back would otherwise be taken for what is. Put back together with the whole
 * trail it still is; then only what Consul shows, and the end of the decision, stand against it.
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
  return { raw, agrees: raw['state'] === stateOf(id, entries, head, signer) };
};

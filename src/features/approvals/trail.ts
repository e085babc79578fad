import { auditKeys, followTrail } from '../audit';
import type { RedisClient } from '../../redis/redis';
import { runScript } from '../../redis/script';
import { type Event, events, next } from './machine';
import type { RawRecord } from './parse-record';
import type { State } from './request';
import type { Signer } from '../../signing/sign';

/**
 * A request and, at the same moment, the trail from the entry that it was asked with to the end, newest first.
 * KEYS: request, audit list, audit head. ARGV: the id as an entry holds it: in what people wrote, its quotes are escaped.
 */
const readScript = `
local fields = redis.call('HGETALL', KEYS[1])
local head = redis.call('GET', KEYS[3])
local entries = {}
local to = redis.call('LLEN', KEYS[2])
while to > 0 do
  local from = math.max(0, to - 100)
  local page = redis.call('LRANGE', KEYS[2], from, to - 1)
  for i = #page, 1, -1 do
    entries[#entries + 1] = page[i]
    if string.find(page[i], ARGV[1], 1, true) and string.find(page[i], '"action":"request"', 1, true) then
      return { fields, head, entries }
    end
  end
  to = from
end
return { fields, head, {} }
`;

const isEvent = (action: string): action is Event => (events as readonly string[]).includes(action);

/** The state that the trail leads to; undefined where it is not whole, or does not know the request. */
const stateOf = (
  id: string,
  newestFirst: readonly string[],
  head: string | null,
  signer: Signer,
): State | undefined => {
  const followed = followTrail(newestFirst.toReversed(), undefined, head, signer);
  const [first] = followed.ok ? followed.entries : [];
  if (!followed.ok || first?.requestId !== id || first.action !== 'request') return undefined;
  return followed.entries
    .filter(({ requestId, action }) => requestId === id && isEvent(action))
    .reduce<State | undefined>((state, { action }) => state && next(state, action as Event), 'pending');
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
  const [fields, head, entries] = (await runScript(
    redis,
    readScript,
    [key, auditKeys.list, auditKeys.head],
    [`"requestId":${JSON.stringify(id)}`],
  )) as [string[], string | null, string[]];
  const raw: Record<string, string> = {};
  for (let at = 0; at + 1 < fields.length; at += 2) raw[fields[at] ?? ''] = fields[at + 1] ?? '';
  return { raw, agrees: raw['state'] === stateOf(id, entries, head, signer) };
};

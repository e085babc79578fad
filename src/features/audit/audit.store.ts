import type { Signer } from '../../signing/sign';
import { type Appending, appendAudit, readWhole, trimAudit } from './audit-lua';
import type { RedisClient } from '../../redis/redis';
import { runScript } from '../../redis/script';

/**
 * The audit trail: append-only, each entry chained to the one before it by HMAC with a key that is not in
 * Redis, so that an entry that was changed, inserted or taken out of the middle shows. Entries cut off the
 * end leave a shorter trail that is whole in itself: only the copy in the log shows those.
 */

export interface AuditEvent {
  /** What was done or refused: `request`, `approve`, `refused-click`, `generate`, `reveal`, `void`, `establish`, … */
  readonly action: string;
  readonly requestId: string | null;
  readonly person: string;
  readonly team: string;
  readonly cluster: string | null;
  /** A hash of what was asked, to match an entry with a request without repeating it. */
  readonly hash: string | null;
  /** A few words for the reader. Without secrets. */
  readonly detail: string;
}

export interface AuditEntry extends AuditEvent {
  readonly seq: number;
  /** ms since the epoch, by Redis's clock. */
  readonly at: number;
  /** The `mac` of the entry before. */
  readonly prev: string;
  readonly mac: string;
}

export const auditKeys = {
  list: 'peering-bot:{approvals}:audit',
  head: 'peering-bot:{approvals}:audit:head',
  anchor: 'peering-bot:{approvals}:audit:anchor',
} as const;

/** An entry ready to be written in one step with what it tells of: it fits only after `expectedHead`. */
export interface Prepared extends Appending {
  readonly entry: AuditEntry;
}

/** What keeps an entry from being written now and not the next time: somebody else wrote first. */
const attempts = 30;

/** How many entries are written between two looks for entries that are too old. */
const trimEvery = 50;
const trimmedAtOnce = 100;

/** How long entries are kept by default: a year and a month, so that a yearly review sees all of its year. */
export const auditKeptMs = 400 * 86_400_000;

export interface Audit {
  /**
   * Prepares an entry and hands it to `write`, which must write it together with its own change and answer
   * `false` where the trail had moved on; then it is prepared anew. Gives what `write` gave.
   */
  readonly within: <T>(event: AuditEvent, write: (prepared: Prepared) => Promise<T | false>) => Promise<T>;
  /** Writes an entry that goes with no change, such as a refused click. */
  readonly append: (event: AuditEvent) => Promise<AuditEntry>;
  /** Entries not older than `sinceMs` (since the epoch), oldest first. */
  readonly read: (sinceMs: number) => Promise<readonly AuditEntry[]>;
  /** The last so many entries, newest first. */
  readonly newest: (most: number) => Promise<readonly AuditEntry[]>;
  /** Follows the chain from its anchor; names the first place where it does not hold. */
  readonly verify: () => Promise<Verified>;
  /** Cuts off some entries that are too old, as is done while others are written. */
  readonly trim: () => Promise<void>;
}

type Verified =
  | { readonly ok: true; readonly entries: number }
  | { readonly ok: false; readonly seq: number; readonly message: string };

const genesis = { seq: 0, mac: 'genesis' };
const headText = ({ seq, mac }: { seq: number; mac: string }): string => `${seq}:${mac}`;

/**
 * Opens the audit trail. `onEntry` copies each entry to the log. Entries older than `maxAgeMs` are cut off the
 * beginning, and a signed anchor says where the trail begins since.
 */
export const openAudit = (
  redis: RedisClient,
  signer: Signer,
  { maxAgeMs, onEntry }: { readonly maxAgeMs: number; readonly onEntry: (entry: AuditEntry) => void },
): Audit => {
  // Writers of this process queue up behind each other; only those of other processes are raced.
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = tail.then(work, work);
    tail = turn.catch(() => undefined);
    return turn;
  };

  const prepare = async (event: AuditEvent): Promise<Prepared> => {
    const [head, at] = await Promise.all([redis.get(auditKeys.head), redisNow(redis)]);
    const expectedHead = head ?? headText(genesis);
    const colon = expectedHead.indexOf(':');
    const bare = {
      ...event,
      seq: Number(expectedHead.slice(0, colon)) + 1,
      at,
      prev: expectedHead.slice(colon + 1),
    };
    const entry = { ...bare, mac: signer.sign('audit', bare) };
    return { entry, expectedHead, newHead: headText(entry), text: JSON.stringify(entry) };
  };

  const within: Audit['within'] = (event, write) =>
    inTurn(async () => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const prepared = await prepare(event);
        const done = await write(prepared);
        if (done !== false) {
          return done;
        }
        await new Promise((resume) => setTimeout(resume, Math.random() * 5 * attempt));
      }
      throw new Error(`the audit trail moved on ${attempts} times while an entry was being written`);
    });

  const trim = async (): Promise<void> => {
    const [now, anchorText, texts] = await Promise.all([
      redisNow(redis),
      redis.get(auditKeys.anchor),
      redis.lrange(auditKeys.list, 0, trimmedAtOnce - 1),
    ]);
    // The new anchor vouches for what is cut off, so only what is whole may go: a gap stays for `verify` to find.
    const anchored = readAnchor(anchorText, signer);
    const followed = anchored && followChain(texts, anchored, signer);
    if (!followed?.ok) return;
    const { entries } = followed;
    const kept = entries.findIndex(({ at }) => at > now - maxAgeMs);
    const count = kept === -1 ? entries.length : kept;
    const last = entries[count - 1];
    if (last === undefined) return;
    const anchor = { seq: last.seq, mac: last.mac };
    const signed = JSON.stringify({ ...anchor, signature: signer.sign('audit-anchor', anchor) });
    await trimAudit(redis, auditKeys, count, texts[0] ?? '', signed);
  };

  const written: Audit['within'] = async (event, write) => {
    let entry: AuditEntry | undefined;
    const done = await within(event, async (prepared) => {
      const answer = await write(prepared);
      if (answer !== false) entry = prepared.entry;
      return answer;
    });
    if (entry !== undefined) {
      onEntry(entry);
      if (entry.seq % trimEvery === 0) await trim();
    }
    return done;
  };

  return {
    within: written,
    append: (event) =>
      written(event, async (prepared) =>
        (await appendAudit(redis, auditKeys, prepared)) ? prepared.entry : false,
      ),
    read: (sinceMs) => readAudit(redis, sinceMs),
    async newest(most) {
      const texts = await redis.lrange(auditKeys.list, -most, -1);
      return texts.flatMap((text) => parseEntry(text) ?? []).toReversed();
    },
    async verify() {
      const { texts, head, anchor } = await readWhole(redis, auditKeys);
      const anchored = readAnchor(anchor, signer);
      if (anchored === undefined)
        return { ok: false, seq: 0, message: 'the anchor of the trail is not signed by this key' };
      const followed = followTrail(texts, anchored, head, signer);
      return followed.ok ? { ok: true, entries: followed.entries.length } : followed;
    },
    trim,
  };
};

/** Entries of a trail that follow each other and are ours, or the first place where that is not so. */
type Followed =
  | { readonly ok: true; readonly entries: readonly AuditEntry[] }
  | Extract<Verified, { readonly ok: false }>;

/** What an entry follows: its place and its `mac`. */
type Before = Pick<AuditEntry, 'seq' | 'mac'>;

/**
 * Follows the chain from one entry to the head.
 *
 * @param before what comes before the first text; undefined believes the first one, as where only the end is read.
 * @param head what Redis holds as the newest entry.
 */
export const followTrail = (
  texts: readonly string[],
  before: Before | undefined,
  head: string | null,
  signer: Signer,
): Followed => {
  const followed = followChain(texts, before, signer);
  if (!followed.ok) return followed;
  const end = followed.entries.at(-1) ?? before ?? genesis;
  return (head ?? headText(genesis)) === headText(end)
    ? followed
    : { ok: false, seq: end.seq + 1, message: `entries after ${end.seq} are missing` };
};

/** The same as far as the texts go. */
const followChain = (texts: readonly string[], before: Before | undefined, signer: Signer): Followed => {
  let last = before;
  const entries: AuditEntry[] = [];
  for (const text of texts) {
    const entry = parseEntry(text);
    last ??= entry && { seq: entry.seq - 1, mac: entry.prev };
    const seq = (last?.seq ?? 0) + 1;
    if (entry === undefined) return { ok: false, seq, message: `entry ${seq} cannot be read` };
    const { mac, ...bare } = entry;
    if (entry.seq !== seq || entry.prev !== last?.mac) {
      return {
        ok: false,
        seq,
        message: `entry ${seq} is missing or out of place: entry ${entry.seq} follows ${seq - 1}`,
      };
    }
    if (!signer.verify('audit', bare, mac)) return { ok: false, seq, message: `entry ${seq} was changed` };
    entries.push(entry);
    last = entry;
  }
  return { ok: true, entries };
};

/** `read` of a trail, for those who have no key: what they read is not verified. */
export const readAudit = async (
  redis: Pick<RedisClient, 'lrange'>,
  sinceMs: number,
): Promise<readonly AuditEntry[]> => {
  const texts = await redis.lrange(auditKeys.list, 0, -1);
  return texts.flatMap((text) => {
    const entry = parseEntry(text);
    return entry !== undefined && entry.at >= sinceMs ? [entry] : [];
  });
};

/** Where the trail begins; undefined where somebody without the key says so. */
const readAnchor = (text: string | null, signer: Signer): Before | undefined => {
  if (text === null) return genesis;
  try {
    const { seq, mac, signature } = JSON.parse(text) as { seq: number; mac: string; signature?: string };
    return signer.verify('audit-anchor', { seq, mac }, signature ?? '') ? { seq, mac } : undefined;
  } catch {
    return undefined;
  }
};

const parseEntry = (text: string): AuditEntry | undefined => {
  try {
    const entry = JSON.parse(text) as AuditEntry;
    return typeof entry.seq === 'number' && typeof entry.at === 'number' && typeof entry.mac === 'string'
      ? entry
      : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Redis's own clock, ms since the epoch: the only clock that decides over requests. On a Redis Cluster that of the
 * node that holds them, as the scripts read it; `TIME` by itself would ask any node.
 */
export const redisNow = async (redis: RedisClient): Promise<number> => {
  const [seconds, micros] = (await runScript(redis, "return redis.call('TIME')", [auditKeys.head], [])) as [
    string,
    string,
  ];
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
};

import type { AuditEvent } from '../../access/audit-event';
import { join } from 'node:path';
import { z } from 'zod';
import { redisNow } from '../../redis/now';
import type { RedisClient } from '../../redis/redis';
import { defineScript, flag } from '../../redis/script';
import { failure, type Result, success } from '../../result';
import type { Signer } from '../../signing/sign';
import {
  type AuditEntry,
  type BrokenChain,
  followChain,
  followTrail,
  parseEntry,
  type PreparedEntry,
  prepareEntry,
  readBeginning,
  readHead,
  signBeginning,
  signHead,
  type ChainLink,
} from './audit-chain';

/**
 * The audit trail: append-only, each entry chained to the one before it by HMAC with a key that is not in
 * Redis, so that an entry that was changed, inserted or removed from the middle shows. If entries are
 * removed from the end, the shorter trail has no gap: only the signed heads in the log and in the anchor show the loss.
 */

export const auditKeys = {
  list: 'peering-bot:{approvals}:audit',
  head: 'peering-bot:{approvals}:audit:head',
  anchor: 'peering-bot:{approvals}:audit:anchor',
} as const;

const appendScript = defineScript({
  file: join(__dirname, 'append-entry.lua'),
  keys: ['list', 'head'],
  args: ['expectedHead', 'newHead', 'entry'],
  reply: flag,
});

const trimScript = defineScript({
  file: join(__dirname, 'trim-trail.lua'),
  keys: ['list', 'anchor'],
  args: ['count', 'first', 'newAnchor'],
  reply: flag,
});

const readScript = defineScript({
  file: join(__dirname, 'read-trail.lua'),
  keys: ['list', 'head', 'anchor'],
  args: [],
  reply: z.tuple([z.array(z.string()), z.string().nullable(), z.string().nullable()]),
});

/** Attempts to write an entry while other processes write theirs first. */
const maxAttempts = 30;

/** Entries between two searches for entries that are too old. */
const trimEvery = 50;
const maxTrimmedAtOnce = 100;

/** Default age limit of entries: a year and a month, so that a yearly review sees all of its year. */
export const auditMaxAgeMs = 400 * 86_400_000;

export interface Audit {
  /**
   * Prepares an entry and passes it to `write`, which writes it together with its own change in one step.
   * `ok`: both are written. `audit`: the trail has moved on, and the entry is prepared again. Anything else:
   * neither is written, and this is why.
   */
  readonly within: <E extends string>(
    event: AuditEvent,
    write: (prepared: PreparedEntry) => Promise<'ok' | 'audit' | E>,
  ) => Promise<Result<AuditEntry, E>>;
  /**
   * Writes an entry that allows an effect outside of Redis, unless there is a problem at the head that it follows. `audit`:
   * the trail has moved on.
   */
  readonly appendUnless: <E extends string>(
    event: AuditEvent,
    problem: (prepared: PreparedEntry) => Promise<'audit' | E | undefined>,
  ) => Promise<Result<AuditEntry, E>>;
  /** Writes an entry that records no change, such as a refused click. */
  readonly append: (event: AuditEvent) => Promise<AuditEntry>;
  /** Entries not older than `sinceMs` (since the epoch), oldest first. */
  readonly read: (sinceMs: number) => Promise<readonly AuditEntry[]>;
  /** The last `count` entries, newest first. */
  readonly newest: (count: number) => Promise<readonly AuditEntry[]>;
  /** Returns the head that the anchor holds; undefined if there is no anchor, or none was kept yet. */
  readonly anchored: () => Promise<Result<ChainLink | undefined>>;
  /** Tells whether the anchor holds the newest entry that this process wrote; true if there is no anchor. */
  readonly isAnchored: () => Promise<boolean>;
  /** Follows the chain from its beginning to its head, and to that of the anchor. Returns the number of entries. */
  readonly verify: () => Promise<Result<number, BrokenChain>>;
  /** Removes some entries that are too old. Also called as others are written. */
  readonly trim: () => Promise<void>;
}

/** Keeps the signed head of the trail outside of Redis, where a rollback of Redis does not reach it. */
export interface HeadAnchor {
  /** Returns the text that was kept last; undefined if none was. */
  readonly read: () => Promise<Result<string | undefined>>;
  /** Replaces the text by another, if `isNewer` than the present one. */
  readonly write: (text: string, isNewer: (present: string) => boolean) => Promise<Result<undefined>>;
}

export interface AuditOptions {
  readonly maxAgeMs: number;
  /** Copies each entry and the signed head after it to the log. */
  readonly onEntry: (entry: AuditEntry, head: string) => void;
  readonly anchor?: HeadAnchor | undefined;
  /** Called if the anchor could not be written. */
  readonly onUnanchored?: (reason: string) => void;
}

/**
 * Opens the audit trail. Entries older than `maxAgeMs` are removed from the beginning, and a signed value names the new
 * beginning.
 */
export const openAudit = (
  redis: RedisClient,
  signer: Signer,
  { maxAgeMs, onEntry, anchor, onUnanchored }: AuditOptions,
): Audit => {
  /** The newest entry of this process. */
  let newest: ChainLink | undefined;

  const anchored: Audit['anchored'] = async () => {
    const text = await anchor?.read();
    if (text === undefined) return success(undefined);
    if (!text.ok) return text;
    if (text.value === undefined) return success(undefined);
    const head = readHead(text.value, signer);
    return head === undefined ? failure('the anchor of the trail is not signed by this key') : success(head);
  };

  /** Writes the head unless the anchor holds a later one. Returns the anchor's entry that `before` does not have. */
  const writeHead = async (
    head: ChainLink,
    text: string,
    before: readonly ChainLink[],
  ): Promise<Result<ChainLink | undefined>> => {
    let foreign: ChainLink | undefined;
    const kept = await anchor?.write(text, (present) => {
      const earlier = readHead(present, signer);
      // A text that is not signed by this key is never replaced: it may hold the head of another trail.
      if (earlier === undefined || earlier.seq >= head.seq) return false;
      const isBefore = before.some(({ seq, mac }) => seq === earlier.seq && mac === earlier.mac);
      foreign = isBefore ? undefined : earlier;
      return isBefore;
    });
    return kept === undefined || kept.ok ? success(foreign) : kept;
  };

  /** Keeps the head of an entry. One of a trail that was rolled back, and has grown since, never replaces the earlier one. */
  const keepHead = async (entry: AuditEntry, text: string): Promise<void> => {
    newest = entry;
    let kept = await writeHead(entry, text, [{ seq: entry.seq - 1, mac: entry.prev }]);
    if (kept.ok && kept.value !== undefined) {
      // A process may have died before it wrote the anchor: the entry of the anchor is further back.
      const followed = followChain(await redis.lrange(auditKeys.list, 0, -1), undefined, signer);
      const entries = followed.ok ? followed.value : [];
      const at = entries.findIndex(({ mac }) => mac === entry.mac);
      kept = await writeHead(entry, text, entries.slice(0, Math.max(0, at)));
    }
    if (!kept.ok) onUnanchored?.(kept.error);
    else if (kept.value !== undefined)
      onUnanchored?.(`the anchor knows another entry ${kept.value.seq}: the trail was rolled back`);
  };

  // Writers of this process wait for each other, so that only those of other processes conflict.
  let tail: Promise<unknown> = Promise.resolve();
  const afterOthers = <T>(work: () => Promise<T>): Promise<T> => {
    const done = tail.then(work, work);
    tail = done.catch(() => undefined);
    return done;
  };

  const trim = async (): Promise<void> => {
    const [now, anchorText, texts] = await Promise.all([
      auditNow(redis),
      redis.get(auditKeys.anchor),
      redis.lrange(auditKeys.list, 0, maxTrimmedAtOnce - 1),
    ]);
    // The new beginning covers the removed entries, so only an unbroken chain is removed: `verify` must find a gap.
    const beginning = readBeginning(anchorText, signer);
    const followed = beginning && followChain(texts, beginning, signer);
    if (!followed?.ok) return;
    const firstToKeep = followed.value.findIndex(({ at }) => at > now - maxAgeMs);
    const count = firstToKeep === -1 ? followed.value.length : firstToKeep;
    const last = followed.value[count - 1];
    if (last === undefined) return;
    await trimScript(redis, auditKeys, {
      count,
      first: texts[0] ?? '',
      newAnchor: signBeginning(last, signer),
    });
  };

  const within: Audit['within'] = async <E extends string>(
    event: AuditEvent,
    write: (prepared: PreparedEntry) => Promise<'ok' | 'audit' | E>,
  ): Promise<Result<AuditEntry, E>> => {
    const written = await afterOthers(async (): Promise<Result<AuditEntry, E>> => {
      for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
        const [head, at] = await Promise.all([redis.get(auditKeys.head), auditNow(redis)]);
        const prepared = prepareEntry(event, head, at, signer);
        const code = await write(prepared);
        if (code === 'ok') {
          const signed = signHead(prepared.entry, signer);
          onEntry(prepared.entry, signed);
          await keepHead(prepared.entry, signed);
          return success(prepared.entry);
        }
        if (code !== 'audit') return failure(code);
        await new Promise((resume) => setTimeout(resume, Math.random() * 5 * attempt));
      }
      throw new Error(`the audit trail moved on ${maxAttempts} times while an entry was being written`);
    });
    if (written.ok && written.value.seq % trimEvery === 0) await trim();
    return written;
  };

  const appendUnless: Audit['appendUnless'] = (event, problem) =>
    within(event, async (prepared) => {
      const found = await problem(prepared);
      if (found !== undefined) return found;
      const { text, expectedHead, newHead } = prepared;
      const appended = await appendScript(redis, auditKeys, { expectedHead, newHead, entry: text });
      return appended ? 'ok' : 'audit';
    });

  return {
    within,
    anchored,
    async isAnchored() {
      if (anchor === undefined || newest === undefined) return true;
      const kept = await anchored();
      return kept.ok && kept.value !== undefined && kept.value.seq >= newest.seq;
    },
    appendUnless,
    append: async (event) => {
      const written = await appendUnless<never>(event, async () => undefined);
      return written.ok ? written.value : written.error;
    },
    read: (sinceMs) => readAudit(redis, sinceMs),
    async newest(count) {
      const texts = await redis.lrange(auditKeys.list, -count, -1);
      return texts.flatMap((text) => parseEntry(text) ?? []).toReversed();
    },
    async verify() {
      const [texts, head, anchorText] = await readScript(redis, auditKeys, {});
      const beginning = readBeginning(anchorText, signer);
      if (beginning === undefined) {
        return failure({ seq: 0, message: 'the beginning of the trail is not signed by this key' });
      }
      const followed = followTrail(texts, beginning, head, signer);
      if (!followed.ok) return followed;
      const kept = await anchored();
      if (!kept.ok) return failure({ seq: 0, message: kept.error });
      const { value: link } = kept;
      if (link === undefined || link.seq <= beginning.seq) return success(followed.value.length);
      return followed.value.some(({ seq, mac }) => seq === link.seq && mac === link.mac)
        ? success(followed.value.length)
        : failure({
            seq: link.seq,
            message: `the anchor knows another entry ${link.seq}: the trail was rolled back`,
          });
    },
    trim,
  };
};

/** Reads the trail without the key, and so without verifying it. */
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

/** Returns the only time that decides about requests: that of the node that holds them and the trail. */
export const auditNow = (redis: RedisClient): Promise<number> => redisNow(redis, auditKeys.head);

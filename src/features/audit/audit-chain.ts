import type { AuditEvent } from '../../access/audit-event';
import { failure, type Result, success } from '../../result';
import type { Signer } from '../../signing/sign';

export interface AuditEntry extends AuditEvent {
  readonly seq: number;
  /** ms since the epoch, by Redis's clock. */
  readonly at: number;
  /** The `mac` of the entry before. */
  readonly prev: string;
  readonly mac: string;
}

/** The place and signature that the next entry builds on. */
export type ChainLink = Pick<AuditEntry, 'seq' | 'mac'>;

/** The first entry that breaks the chain. */
export interface BrokenChain {
  readonly seq: number;
  readonly message: string;
}

const genesis: ChainLink = { seq: 0, mac: 'genesis' };

const headText = ({ seq, mac }: ChainLink): string => `${seq}:${mac}`;

/** The head of a trail without entries. */
export const emptyHead = headText(genesis);

export interface PreparedEntry {
  readonly entry: AuditEntry;
  /** JSON of the entry. */
  readonly text: string;
  /** The entry fits only after this head. */
  readonly expectedHead: string;
  readonly newHead: string;
}

/** Signs an entry that follows the head of the trail. */
export const prepareEntry = (
  event: AuditEvent,
  head: string | null,
  at: number,
  signer: Signer,
): PreparedEntry => {
  const expectedHead = head ?? emptyHead;
  const colon = expectedHead.indexOf(':');
  const unsigned = {
    ...event,
    seq: Number(expectedHead.slice(0, colon)) + 1,
    at,
    prev: expectedHead.slice(colon + 1),
  };
  const entry = { ...unsigned, mac: signer.sign('audit', unsigned) };
  return { entry, expectedHead, newHead: headText(entry), text: JSON.stringify(entry) };
};

/**
 * Follows the chain from one entry to the head.
 *
 * @param before link before the first text; undefined trusts the first entry, for reads of the end only.
 * @param head the newest entry according to Redis.
 */
export const followTrail = (
  texts: readonly string[],
  before: ChainLink | undefined,
  head: string | null,
  signer: Signer,
): Result<readonly AuditEntry[], BrokenChain> => {
  const followed = followChain(texts, before, signer);
  if (!followed.ok) return followed;
  const end = followed.value.at(-1) ?? before ?? genesis;
  return (head ?? emptyHead) === headText(end)
    ? followed
    : failure({ seq: end.seq + 1, message: `entries after ${end.seq} are missing` });
};

/** Follows the chain to the last text, for any head. */
export const followChain = (
  texts: readonly string[],
  before: ChainLink | undefined,
  signer: Signer,
): Result<readonly AuditEntry[], BrokenChain> => {
  let last = before;
  const entries: AuditEntry[] = [];
  for (const text of texts) {
    const entry = parseEntry(text);
    last ??= entry && { seq: entry.seq - 1, mac: entry.prev };
    const seq = (last?.seq ?? 0) + 1;
    if (entry === undefined) return failure({ seq, message: `entry ${seq} cannot be read` });
    const { mac, ...unsigned } = entry;
    if (entry.seq !== seq || entry.prev !== last?.mac) {
      const message = `entry ${seq} is missing or out of place: entry ${entry.seq} follows ${seq - 1}`;
      return failure({ seq, message });
    }
    if (!signer.verify('audit', unsigned, mac)) return failure({ seq, message: `entry ${seq} was changed` });
    entries.push(entry);
    last = entry;
  }
  return success(entries);
};

type SignedLink = 'audit-anchor' | 'audit-head';

const signLink = (purpose: SignedLink, { seq, mac }: ChainLink, signer: Signer): string =>
  JSON.stringify({ seq, mac, signature: signer.sign(purpose, { seq, mac }) });

const readLink = (purpose: SignedLink, text: string, signer: Signer): ChainLink | undefined => {
  try {
    const { seq, mac, signature } = JSON.parse(text) as ChainLink & { readonly signature?: string };
    return signer.verify(purpose, { seq, mac }, signature ?? '') ? { seq, mac } : undefined;
  } catch {
    return undefined;
  }
};

/** Signs the new beginning of the trail, after the entries up to `last` are removed. */
export const signBeginning = (last: ChainLink, signer: Signer): string =>
  signLink('audit-anchor', last, signer);

/** Reads the beginning of the trail; undefined if it is not signed by this key. */
export const readBeginning = (text: string | null, signer: Signer): ChainLink | undefined =>
  text === null ? genesis : readLink('audit-anchor', text, signer);

/**
 * Signs the head of the trail for the log and for the anchor outside of Redis. It has a purpose of its own: as the
 * signature of a beginning, it would allow an attacker who reads the log to remove everything before it.
 */
export const signHead = (head: ChainLink, signer: Signer): string => signLink('audit-head', head, signer);

/** Reads a signed head; undefined if it is not signed by this key. */
export const readHead = (text: string, signer: Signer): ChainLink | undefined =>
  readLink('audit-head', text, signer);

export const parseEntry = (text: string): AuditEntry | undefined => {
  try {
    const entry = JSON.parse(text) as AuditEntry;
    return typeof entry.seq === 'number' && typeof entry.at === 'number' && typeof entry.mac === 'string'
      ? entry
      : undefined;
  } catch {
    return undefined;
  }
};

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
type ChainLink = Pick<AuditEntry, 'seq' | 'mac'>;

/** The first entry that breaks the chain. */
export interface BrokenChain {
  readonly seq: number;
  readonly message: string;
}

const genesis: ChainLink = { seq: 0, mac: 'genesis' };

const headText = ({ seq, mac }: ChainLink): string => `${seq}:${mac}`;

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
  const expectedHead = head ?? headText(genesis);
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
 * @param before link before the first text; undefined trusts the first entry, as where only the end is read.
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
  return (head ?? headText(genesis)) === headText(end)
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

/** Signs the new beginning of the trail, after the entries up to `last` are removed. */
export const signAnchor = ({ seq, mac }: ChainLink, signer: Signer): string =>
  JSON.stringify({ seq, mac, signature: signer.sign('audit-anchor', { seq, mac }) });

/** Reads the beginning of the trail; undefined if it is not signed by this key. */
export const readAnchor = (text: string | null, signer: Signer): ChainLink | undefined => {
  if (text === null) return genesis;
  try {
    const { seq, mac, signature } = JSON.parse(text) as ChainLink & { readonly signature?: string };
    return signer.verify('audit-anchor', { seq, mac }, signature ?? '') ? { seq, mac } : undefined;
  } catch {
    return undefined;
  }
};

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

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto';

/** The keys of the environment. The previous one only reads and verifies. */
export interface SigningKeys {
  readonly signingKey: string;
  readonly previousSigningKey?: string | undefined;
}

/** The one place in Redis where a record is valid. */
export interface RecordLocation {
  /** One word for logs and metrics. */
  readonly kind: string;
  /** The key in Redis. */
  readonly key: string;
  /** The field of a hash. */
  readonly field?: string;
}

/**
 * Authenticates what is stored in Redis. A sealed value is the plain value behind its authentication code, which also
 * covers the location: a changed value fails, and so does one that was copied to another key or field. An older value
 * of one location is genuine there.
 */
export interface Sealer {
  readonly seal: (location: RecordLocation, text: string) => string;
  readonly sealBytes: (location: RecordLocation, bytes: Buffer) => Buffer;
  /** Returns the plain value; undefined, and reported, if it is not genuine at this location. */
  readonly open: (location: RecordLocation, stored: string) => string | undefined;
  readonly openBytes: (location: RecordLocation, stored: Buffer) => Buffer | undefined;
  /** Tells whether a value names the current key, genuine or not. */
  readonly isCurrent: (stored: Buffer) => boolean;
  /** Encrypts a capability, such as a `response_url`. */
  readonly encrypt: (location: RecordLocation, text: string) => string;
  /** Returns undefined, and reports it, if the text was not encrypted for this location. */
  readonly decrypt: (location: RecordLocation, encrypted: string) => string | undefined;
}

const marker = 'sealed:';
const nameLength = 8;
const macLength = 43;
const headLength = marker.length + nameLength + 1 + macLength + 1;
const ivLength = 12;
const tagLength = 16;

/** Tells whether a stored value has an authentication code, genuine or not. Records of version 0.1.0 have none. */
export const isSealed = (stored: Buffer): boolean =>
  stored.subarray(0, marker.length).toString('latin1') === marker;

/** Derives a separate key for each purpose, so that a code or a text made for one is not valid for another. */
const deriveKey = (key: string, purpose: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `peering-bot ${purpose}`, 32)));

interface Subkeys {
  /** Tells which key sealed a value, and nothing about the key. */
  readonly name: string;
  readonly records: KeyObject;
  readonly capabilities: KeyObject;
}

const subkeysOf = (key: string): Subkeys => ({
  name: deriveKey(key, 'name of a key').export().toString('hex').slice(0, nameLength),
  records: deriveKey(key, 'records in Redis'),
  capabilities: deriveKey(key, 'capabilities in Redis'),
});

const locationText = ({ kind, key, field }: RecordLocation): string =>
  JSON.stringify([kind, key, field ?? null]);

/** Draws random bytes for many at once, since each draw costs much more than its bytes. None is given twice. */
const createIvs = (): (() => Buffer) => {
  const drawn = Buffer.alloc(ivLength * 256);
  let used = drawn.length;
  return () => {
    if (used === drawn.length) {
      randomFillSync(drawn);
      used = 0;
    }
    used += ivLength;
    return Buffer.from(drawn.subarray(used - ivLength, used));
  };
};

const macOf = ({ records }: Subkeys, location: RecordLocation, bytes: Buffer): string =>
  createHmac('sha256', records)
    .update(`${locationText(location)}\n`)
    .update(bytes)
    .digest('base64url');

/** @param onRefused receives the location of each value that is not genuine, and never the value */
export const createSealer = (
  { signingKey, previousSigningKey }: SigningKeys,
  onRefused: (location: RecordLocation) => void = () => undefined,
): Sealer => {
  const current = subkeysOf(signingKey);
  const nextIv = createIvs();
  const known = [current, ...(previousSigningKey === undefined ? [] : [subkeysOf(previousSigningKey)])];
  const named = (name: string): Subkeys | undefined => known.find((one) => one.name === name);

  const verified = (location: RecordLocation, stored: Buffer): Buffer | undefined => {
    if (!isSealed(stored)) return undefined;
    const [name = '', mac = ''] = stored.subarray(marker.length, headLength).toString('latin1').split(':');
    const subkeys = named(name);
    if (subkeys === undefined) return undefined;
    const bytes = stored.subarray(headLength);
    const [expected, given] = [Buffer.from(macOf(subkeys, location, bytes)), Buffer.from(mac)];
    return expected.length === given.length && timingSafeEqual(expected, given) ? bytes : undefined;
  };
  const reported = <T>(location: RecordLocation, found: T | undefined): T | undefined => {
    if (found === undefined) onRefused(location);
    return found;
  };

  const sealBytes: Sealer['sealBytes'] = (location, bytes) =>
    Buffer.concat([Buffer.from(`${marker}${current.name}:${macOf(current, location, bytes)}:`), bytes]);
  const openBytes: Sealer['openBytes'] = (location, stored) => reported(location, verified(location, stored));

  return {
    sealBytes,
    openBytes,
    seal: (location, text) => sealBytes(location, Buffer.from(text)).toString(),
    isCurrent: (stored) =>
      isSealed(stored) &&
      stored.subarray(marker.length, marker.length + nameLength).toString('latin1') === current.name,
    open: (location, stored) => openBytes(location, Buffer.from(stored))?.toString(),
    encrypt: (location, text) => {
      const iv = nextIv();
      const cipher = createCipheriv('aes-256-gcm', current.capabilities, iv);
      cipher.setAAD(Buffer.from(locationText(location)));
      const encrypted = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${current.name}:${encrypted.toString('base64url')}`;
    },
    decrypt: (location, encrypted) => reported(location, decryptWith(named, location, encrypted)),
  };
};

const decryptWith = (
  named: (name: string) => Subkeys | undefined,
  location: RecordLocation,
  encrypted: string,
): string | undefined => {
  const [name = '', text = ''] = encrypted.split(':');
  const subkeys = named(name);
  const bytes = Buffer.from(text, 'base64url');
  if (subkeys === undefined || bytes.length < ivLength + tagLength) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', subkeys.capabilities, bytes.subarray(0, ivLength), {
      authTagLength: tagLength,
    });
    decipher.setAAD(Buffer.from(locationText(location)));
    decipher.setAuthTag(bytes.subarray(-tagLength));
    const plain = decipher.update(bytes.subarray(ivLength, -tagLength));
    return Buffer.concat([plain, decipher.final()]).toString();
  } catch {
    return undefined;
  }
};

/** The time in which a certificate is valid, in ms since the epoch. */
export interface Validity {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One value of DER: its tag, and its content as a range of the bytes. */
interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** Reads the element at a position; undefined where there is no whole one. */
const elementAt = (bytes: Uint8Array, position: number, limit: number): Element | undefined => {
  const [tag, first] = [bytes[position], bytes[position + 1]];
  if (tag === undefined || first === undefined) return undefined;
  const lengthBytes = first < 128 ? 0 : first & 127;
  const start = position + 2 + lengthBytes;
  const length =
    lengthBytes === 0 ? first : bytes.slice(position + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  return lengthBytes <= 4 && start + length <= limit ? { tag, start, end: start + length } : undefined;
};

/** Reads the elements inside a constructed one. */
const childrenOf = (bytes: Uint8Array, parent: Element): readonly Element[] => {
  const children: Element[] = [];
  for (let position = parent.start; position < parent.end; ) {
    const child = elementAt(bytes, position, parent.end);
    if (!child) return children;
    children.push(child);
    position = child.end;
  }
  return children;
};

const utcTime = 0x17;
const explicitVersion = 0xa0;

/** Reads UTCTime (`YYMMDDhhmmssZ`, 1950 to 2049) and GeneralizedTime (`YYYYMMDDhhmmssZ`), as RFC 5280 allows them. */
const timeOf = (bytes: Uint8Array, { tag, start, end }: Element): number => {
  const text = String.fromCharCode(...bytes.slice(start, end));
  const century = Number(text.slice(0, 2)) < 50 ? '20' : '19';
  const full = tag === utcTime ? `${century}${text}` : text;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/u.exec(full)?.slice(1) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
};

const bytesOf = (pem: string): Uint8Array | undefined => {
  const body = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/u.exec(pem)?.[1];
  try {
    return body === undefined ? undefined : Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
};

/** Reads the validity of a certificate in PEM (RFC 5280); undefined where the text is none. */
export const certificateValidity = (pem: string): Validity | undefined => {
  const bytes = bytesOf(pem);
  const certificate = bytes && elementAt(bytes, 0, bytes.length);
  const toBeSigned = certificate && childrenOf(bytes, certificate)[0];
  if (!toBeSigned) return undefined;
  // Serial number, signature algorithm and issuer come before it, and perhaps a version.
  const fields = childrenOf(bytes, toBeSigned);
  const validity = fields[fields[0]?.tag === explicitVersion ? 4 : 3];
  const [from, to] = validity ? childrenOf(bytes, validity) : [];
  if (!from || !to) return undefined;
  const [fromMs, toMs] = [timeOf(bytes, from), timeOf(bytes, to)];
  return Number.isNaN(fromMs) || Number.isNaN(toMs) ? undefined : { fromMs, toMs };
};

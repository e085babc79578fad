import { childrenOf, type Element, parseCertificate } from './parse-certificate';

/** The time in which a certificate is valid, in ms since the epoch. */
export interface Validity {
  readonly fromMs: number;
  readonly toMs: number;
}

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

/** Reads the validity of a certificate in PEM (RFC 5280); undefined where the text is none. */
export const certificateValidity = (pem: string): Validity | undefined => {
  const parsed = parseCertificate(pem);
  if (!parsed) return undefined;
  const { bytes, fields } = parsed;
  // Serial number, signature algorithm and issuer come before it, and perhaps a version.
  const validity = fields[fields[0]?.tag === explicitVersion ? 4 : 3];
  const [from, to] = validity ? childrenOf(bytes, validity) : [];
  if (!from || !to) return undefined;
  const [fromMs, toMs] = [timeOf(bytes, from), timeOf(bytes, to)];
  return Number.isNaN(fromMs) || Number.isNaN(toMs) ? undefined : { fromMs, toMs };
};

import { childrenOf, parseCertificate } from './parse-certificate';

const extensionsTag = 0xa3;
const uriTag = 0x86;
/** Maximum bytes of a SPIFFE id (SPIFFE specification). */
const maxUri = 2048;
/** The object identifier 2.5.29.17, `subjectAltName`. */
const alternativeName = '551d11';

const hexOf = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * Reads the trust domain of a certificate of a mesh CA in PEM, which its SPIFFE id names; undefined where it has none. The
 * roots of Consul's own CA have one; those of an external CA may not.
 */
export const certificateTrustDomain = (pem: string): string | undefined => {
  const parsed = parseCertificate(pem);
  const list = parsed?.fields.find(({ tag }) => tag === extensionsTag);
  if (!parsed || !list) return undefined;
  const { bytes } = parsed;
  for (const extension of childrenOf(bytes, list).flatMap((one) => childrenOf(bytes, one))) {
    const parts = childrenOf(bytes, extension);
    const [oid, value] = [parts[0], parts.at(-1)];
    if (!oid || !value || hexOf(bytes.slice(oid.start, oid.end)) !== alternativeName) continue;
    const uris = childrenOf(bytes, value)
      .flatMap((names) => childrenOf(bytes, names))
      .filter(({ tag, start, end }) => tag === uriTag && end - start <= maxUri)
      .map(({ start, end }) => String.fromCharCode(...bytes.slice(start, end)));
    const found = uris.flatMap((uri) => /^spiffe:\/\/([\w.-]+)(?:\/|$)/iu.exec(uri)?.[1] ?? [])[0];
    if (found !== undefined) return found;
  }
  return undefined;
};

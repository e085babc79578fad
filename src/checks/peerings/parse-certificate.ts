/** Reads DER as far as certificates need it. */

/** One value of DER: its tag, and its content as a range of the bytes. */
export interface Element {
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
export const childrenOf = (bytes: Uint8Array, parent: Element): readonly Element[] => {
  const children: Element[] = [];
  for (let position = parent.start; position < parent.end; ) {
    const child = elementAt(bytes, position, parent.end);
    if (!child) return children;
    children.push(child);
    position = child.end;
  }
  return children;
};

const bytesOf = (pem: string): Uint8Array | undefined => {
  const body = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/u.exec(pem)?.[1];
  try {
    return body === undefined ? undefined : Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
};

/** A certificate, and the fields of the part that is signed. */
interface ParsedCertificate {
  readonly bytes: Uint8Array;
  readonly fields: readonly Element[];
}

/** Reads the fields of a certificate in PEM (RFC 5280); undefined where the text is none. */
export const parseCertificate = (pem: string): ParsedCertificate | undefined => {
  const bytes = bytesOf(pem);
  const certificate = bytes && elementAt(bytes, 0, bytes.length);
  const toBeSigned = certificate && childrenOf(bytes, certificate)[0];
  return toBeSigned && { bytes, fields: childrenOf(bytes, toBeSigned) };
};

import type { X509Certificate } from 'node:crypto';

/** Facts of the certificate that a server presented. Nothing of it was verified. */
export interface PresentedCertificate {
  /** Of its SPIFFE id; empty if it has none, or one of another shape. */
  readonly trustDomain: string;
  /** The end of its validity (ISO 8601); empty if it cannot be read. */
  readonly notAfter: string;
}

/** Maximum characters of the alternative names that are searched: the server chooses them. */
const maxNames = 16_384;

/** Keeps two facts of a certificate, by their shape: all other text in it is the server's own. */
export const readCertificate = ({
  subjectAltName = '',
  validTo,
}: Pick<X509Certificate, 'subjectAltName' | 'validTo'>): PresentedCertificate => {
  const end = Date.parse(validTo);
  return {
    trustDomain:
      /(?:^|, )URI:spiffe:\/\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?:\/|, |$)/.exec(
        subjectAltName.slice(0, maxNames),
      )?.[1] ?? '',
    notAfter: Number.isNaN(end) ? '' : new Date(end).toISOString(),
  };
};

import { generateKeyPairSync, sign } from 'node:crypto';

/** Certificates with any end of validity, which no command of OpenSSL 3.0 makes in one step. */

export interface CertificateOptions {
  /** The URI of its SPIFFE id; absent: none. */
  readonly uri?: string;
  /** Days from now to its end; negative for an expired one. */
  readonly days?: number;
}

/** Writes one value in DER: its tag, its length, its contents. */
const der = (tag: number, ...contents: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(contents);
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

const ecdsaWithSha256 = sequence(der(0x06, bytes('2a8648ce3d040302')));
const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(der(0x06, bytes('550403')), der(0x0c, Buffer.from(name)))));

const time = (offsetDays: number): Buffer => {
  const at = new Date(Date.now() + offsetDays * 86_400_000).toISOString();
  return der(0x18, Buffer.from(`${at.slice(0, 19).replaceAll(/[-:T]/g, '')}Z`));
};

const names = (uri: string): Buffer =>
  der(0xa3, sequence(sequence(der(0x06, bytes('551d11')), der(0x04, sequence(der(0x86, Buffer.from(uri)))))));

/** Makes a key, and a certificate that it signed itself. Both are PEM. */
export const makeCertificate = ({ uri, days = 30 }: CertificateOptions = {}) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const contents = sequence(
    der(0xa0, der(0x02, bytes('02'))),
    der(0x02, bytes('01')),
    ecdsaWithSha256,
    commonName('probe'),
    sequence(time(-60), time(days)),
    commonName('probe'),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(uri === undefined ? [] : [names(uri)]),
  );
  const signature = der(0x03, bytes('00'), sign('sha256', contents, privateKey));
  const body = sequence(contents, ecdsaWithSha256, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${(body.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`,
  };
};

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/**
 * X.509 certificates made on the spot: no OpenSSL on the machine, no private key in the repository and nothing
 * that expires. As little of the format as TLS needs, written as DER by hand (RFC 5280, X.690).
 */
export interface Certificate {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

export interface CertificateOptions {
  /** Who signs it; itself where left out. */
  readonly issuer?: Certificate;
  readonly isCa?: boolean;
  readonly dnsNames?: readonly string[];
  /** IPv4. */
  readonly addresses?: readonly string[];
  /** When it ends; by default in an hour. */
  readonly notAfter?: Date;
}

const dayMs = 86_400_000;

export const makeCertificate = (name: string, options: CertificateOptions = {}): Certificate => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const notAfter = options.notAfter ?? new Date(Date.now() + 3_600_000);
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.from(Array.from({ length: 8 }, () => 1 + Math.floor(Math.random() * 126)))),
    ecdsaWithSha256,
    commonName(options.issuer?.name ?? name),
    sequence(time(new Date(notAfter.getTime() - 2 * dayMs)), time(notAfter)),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions(options))),
  );
  const signature = sign('sha256', body, options.issuer?.privateKey ?? privateKey);
  const certificate = sequence(body, ecdsaWithSha256, bits(signature));
  return {
    name,
    cert: pem(certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
  };
};

/** A certificate authority. */
export const makeCa = (name: string): Certificate => makeCertificate(name, { isCa: true });

const extensions = ({ isCa = false, dnsNames = [], addresses = [] }: CertificateOptions): Buffer[] => {
  const names = [
    ...dnsNames.map((dns) => der(0x82, Buffer.from(dns))),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number)))),
  ];
  return [
    ...(isCa ? [extension(19, sequence(der(0x01, Buffer.from([0xff]))))] : []),
    ...(names.length > 0 ? [extension(17, sequence(...names))] : []),
  ];
};

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const explicit = (tag: number, content: Buffer): Buffer => der(0xa0 + tag, content);
const integer = (value: Buffer): Buffer => der(0x02, value);
const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));
const bits = (value: Buffer): Buffer => der(0x03, Buffer.from([0]), value);
/** 2.5.29.n */
const extension = (n: number, value: Buffer): Buffer => sequence(oid(0x55, 0x1d, n), der(0x04, value));
/** 1.2.840.10045.4.3.2 */
const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
/** 2.5.4.3 */
const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))));
const time = (date: Date): Buffer =>
  der(0x17, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`));

const pem = (certificate: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

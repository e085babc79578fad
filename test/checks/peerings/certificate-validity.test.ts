import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { exampleCertificates } from '../../../src/checks/examples/certificates';
import { certificateValidity } from '../../../src/checks/peerings/certificate-validity';

it('reads certificates as OpenSSL does', () => {
  for (const pem of [...Object.values(exampleCertificates), ...rootCertificates]) {
    const { validFrom, validTo } = new X509Certificate(pem);
    expect(certificateValidity(pem)).toEqual({ fromMs: Date.parse(validFrom), toMs: Date.parse(validTo) });
  }
});

it('takes nothing else for a certificate', () => {
  const [pem = ''] = rootCertificates;
  const body = pem.replaceAll('\n', '').replaceAll(/-----[A-Z ]+-----/gu, '');
  const cut = [1, 4, 20, 60, 100, 200].map(
    (length) => `-----BEGIN CERTIFICATE-----\n${body.slice(0, length * 4)}\n-----END CERTIFICATE-----`,
  );
  for (const text of [
    '',
    'no certificate',
    body,
    '-----BEGIN CERTIFICATE-----\n=\n-----END CERTIFICATE-----',
    ...cut,
  ]) {
    expect(certificateValidity(text)).toBeUndefined();
  }
});

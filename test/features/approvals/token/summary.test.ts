import fc from 'fast-check';
import { summaryOf } from '../../../../src/features/approvals/token/summary';
import { makeCertificate } from '../../../consul/certificates';

const tokenOf = (contents: object): string => Buffer.from(JSON.stringify(contents)).toString('base64');
const warnings = (addresses: readonly string[]): readonly string[] =>
  summaryOf(tokenOf({ ServerAddresses: addresses })).filter((fact) => fact.startsWith('warning'));

describe('the summary of a token', () => {
  it('names where it leads, and never its secret', () => {
    const facts = summaryOf(
      tokenOf({
        ServerAddresses: ['192.0.2.1:8503'],
        ServerName: 'server.dc1.peering.x.consul',
        EstablishmentSecret: 'canary-secret',
        PeerID: 'canary-peer',
      }),
    ).join('\n');
    expect(facts).toContain('192.0.2.1:8503');
    expect(facts).toContain('server.dc1.peering.x.consul');
    expect(facts).not.toContain('canary');
  });

  it('says until when the first of its CA certificates is valid', () => {
    const [long, short] = ['2046-01-02T00:00:00Z', '2036-05-06T00:00:00Z'].map(
      (end) => makeCertificate('ca', { isCa: true, notAfter: new Date(end) }).cert,
    );
    expect(summaryOf(tokenOf({ CA: [long, short, 'no certificate'] })).join()).toContain('2036-05-06');
  });

  it('names the manual addresses where there are some, as the dialer uses those', () => {
    const facts = summaryOf(
      tokenOf({ ServerAddresses: ['10.0.0.1:8503'], ManualServerAddresses: ['consul.example:8503'] }),
    ).join('\n');
    expect(facts).toContain('consul.example:8503');
    expect(facts).not.toContain('10.0.0.1');
  });

  it.each([
    ['127.0.0.1:8503', 'loopback'],
    ['localhost:8503', 'loopback'],
    ['[::1]:8503', 'loopback'],
    ['10.1.2.3:8503', 'private'],
    ['172.31.0.1:8503', 'private'],
    ['192.168.0.1:8503', 'private'],
    ['100.64.0.1:8503', 'private'],
    ['[fd00::1]:8503', 'private'],
  ])('warns of %s', (address, kind) => {
    expect(warnings([address])).toHaveLength(1);
    expect(warnings([address])[0]).toContain(kind);
  });

  it.each(['192.0.2.1:8503', '172.32.0.1:8503', '100.128.0.1:8503', '[2001:db8::1]:8503', '10.example:8503'])(
    'does not warn of %s',
    (address) => {
      expect(warnings([address])).toEqual([]);
    },
  );

  it('says of anything else that it is no token, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => Buffer.from(text).toString('base64')),
        ),
        (text) => {
          expect(summaryOf(text).length).toBeGreaterThan(0);
        },
      ),
    );
  });
});

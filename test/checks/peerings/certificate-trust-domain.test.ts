import { rootCertificates } from 'node:tls';
import { exampleCertificates } from '../../../src/checks/examples/certificates';
import { certificateTrustDomain } from '../../../src/checks/peerings/certificate-trust-domain';
import { trustedPeer } from '../../../src/checks/traffic/further-peers';
import { examplePeering } from '../../../src/checks/examples/parts';
import { describeWith } from '../../lab/binaries';
import { startConsul } from '../../lab/consul';
import { peer } from '../../lab/pair';
import { waitFor } from '../../lab/process';
import { gatherFrom, valueOf } from '../../snapshot/reading';

it('reads the trust domain of a root of Consul', () => {
  expect(certificateTrustDomain(exampleCertificates.ofConsul)).toBe(
    '701dce88-245e-f0ed-5990-124d01d3bad7.consul',
  );
});

it('finds none in certificates of other CAs, and in no other text', () => {
  const cut = exampleCertificates.ofConsul.replace(/[A-Za-z0-9+/]{300}={0,2}\n/u, '\n');
  for (const text of [exampleCertificates.tenYears, ...rootCertificates, cut, '', 'no certificate'])
    expect(certificateTrustDomain(text)).toBeUndefined();
});

const derOf = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const content = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([Buffer.from([tag, 0x84]), length, content]);
};

it('ignores names that are longer than a SPIFFE id may be', () => {
  const named = (uri: string): string => {
    const names = derOf(0x30, derOf(0x86, Buffer.from(uri)));
    const extension = derOf(0x30, derOf(6, Buffer.from('551d11', 'hex')), derOf(4, names));
    const certificate = derOf(0x30, derOf(0x30, derOf(0xa3, derOf(0x30, extension))));
    return `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate).toString('base64')}\n-----END CERTIFICATE-----`;
  };
  expect(certificateTrustDomain(named('spiffe://east.consul'))).toBe('east.consul');
  expect(certificateTrustDomain(named(`spiffe://${'a'.repeat(300_000)}`))).toBeUndefined();
});

it('takes it only where the datacenter of the peer is known too', () => {
  const { ofConsul } = exampleCertificates;
  const known = { PeerServerName: '', PeerCAPems: [ofConsul] };
  expect(trustedPeer(examplePeering({ ...known, Remote: { Partition: '', Datacenter: 'dc9' } }))).toEqual({
    trustDomain: '701dce88-245e-f0ed-5990-124d01d3bad7.consul',
    datacenter: 'dc9',
    partition: '',
  });
  expect(trustedPeer(examplePeering({ ...known, Remote: null })).trustDomain).toBe('');
});

describeWith(['consul'], 'two peered clusters', () => {
  it('know the trust domain of each other, whichever side has dialed', async () => {
    const [east, west] = await Promise.all([
      startConsul({ datacenter: 'east', acl: 'off' }),
      startConsul({ datacenter: 'west', acl: 'off' }),
    ]);
    try {
      await peer(east, 'west', west, 'east');
      const domains = await Promise.all(
        [east, west].map(
          async ({ call }) =>
            (await call<{ TrustDomain: string }>('GET', '/v1/connect/ca/roots')).TrustDomain,
        ),
      );
      const seen = async () => {
        const snapshots = await Promise.all([gatherFrom(west), gatherFrom(east)]);
        return snapshots.flatMap((snapshot) =>
          valueOf(snapshot, 'peerings').list.map((one) => trustedPeer(one).trustDomain),
        );
      };
      await waitFor('both to know it', async () => (await seen()).join() === domains.join());
    } finally {
      await Promise.all([east.stop(), west.stop()]);
    }
  }, 60_000);
});

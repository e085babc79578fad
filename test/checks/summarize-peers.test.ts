import { exampleCertificates } from '../../src/checks/examples/certificates';
import { examplePeering } from '../../src/checks/examples/parts';
import { changeSnapshot } from '../../src/checks/examples/healthy';
import { runChecks } from '../../src/checks/runner';
import { twoClusters } from './two-clusters';

const peersOf = (list: readonly ReturnType<typeof examplePeering>[]) =>
  runChecks(changeSnapshot({ peerings: { enabled: true, list } })).peers;

it('says how a peering is, and counts its paths in both directions', () => {
  const [west] = runChecks(twoClusters()).peers;
  expect(west).toMatchObject({ name: 'west', state: 'ACTIVE', paths: { pass: 2, fail: 0, unknown: 0 } });
  // Calls of the other side are its own to tell.
  expect(west?.calls).toEqual([{ service: 'web', destination: 'billing' }]);
  expect(west?.importedServices).toBeGreaterThan(0);
  expect(west?.exportedServices).toBeGreaterThan(0);
});

it('takes the newest sign of life and the last certificate', () => {
  const stream = { ImportedServices: ['a', 'b'], ExportedServices: [] };
  const [peer] = peersOf([
    examplePeering({
      StreamStatus: { ...stream, LastHeartbeat: '2026-11-23T14:00:02Z', LastReceive: '2026-11-23T14:00:09Z' },
      PeerCAPems: [exampleCertificates.expired, 'not a certificate', exampleCertificates.tenYears],
    }),
  ]);
  expect(peer).toMatchObject({
    lastHeardAt: '2026-11-23T14:00:09.000Z',
    importedServices: 2,
    exportedServices: 0,
  });
  expect(Date.parse(peer?.caExpiresAt ?? '')).toBeGreaterThan(Date.parse('2030-01-01'));
});

it('leaves out what is not known', () => {
  const [never] = peersOf([
    examplePeering({
      State: 'PENDING',
      StreamStatus: {
        ImportedServices: [],
        ExportedServices: [],
        // Go's zero time.
        LastHeartbeat: '0001-01-01T00:00:00Z',
        LastReceive: null,
      },
    }),
  ]);
  expect([never?.lastHeardAt, never?.caExpiresAt]).toEqual([undefined, undefined]);
  const [without] = peersOf([examplePeering({ StreamStatus: null })]);
  expect([without?.importedServices, without?.exportedServices]).toEqual([undefined, undefined]);
});

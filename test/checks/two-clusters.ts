import { changeSnapshot, type SnapshotChanges } from '../../src/checks/examples/healthy';
import {
  exampleExports,
  exampleImportedService,
  exampleIntentions,
  examplePeering,
  exampleExportedHealth,
  exampleRoots,
  exampleSidecar,
  exampleUpstream,
} from '../../src/checks/examples/parts';
import type { Sections, Snapshot } from '../../src/snapshot/snapshot';
import { visible } from './world';

/** Two clusters that are configured and peered: `web` of prod-east calls `billing` of prod-west, and back `api`. */

const nearId = examplePeering().ID;

export const ofTrustDomain = (TrustDomain: string): Sections['caRoots'] => {
  const { enabled, roots } = exampleRoots();
  return { enabled, roots: { ...roots, TrustDomain } };
};

const west: SnapshotChanges = {
  cluster: { name: 'prod-west', datacenter: 'dc2' },
  caRoots: ofTrustDomain('8c7db6d3-e4ee-aa8c-488c-dbedd3772b78.consul'),
  peerings: {
    enabled: true,
    list: [
      examplePeering({
        Name: 'east',
        ID: 'west-id',
        PeerID: nearId,
        PeerServerAddresses: ['203.0.113.7:8503'],
        StreamStatus: {
          ...examplePeering().StreamStatus,
          ImportedServices: ['api'],
          ExportedServices: ['billing'],
        },
      }),
    ],
  },
  sidecars: [
    exampleSidecar([exampleUpstream({ DestinationName: 'api', DestinationPeer: 'east' })], { failing: [] }),
  ],
  exportedServices: [exampleExports([{ name: 'billing', peers: ['east'] }])],
  exportedHealth: [exampleExportedHealth({ name: 'billing', endpoint: '/v1/health/connect/billing' })],
  intentions: [exampleIntentions([{ name: 'web', peer: 'east' }], 'billing')],
  importedServices: [
    exampleImportedService({ peer: 'east', service: 'api', endpoint: '/v1/health/connect/api?peer=east' }),
  ],
};

/** The snapshot of prod-east with that of prod-west as its other side, each with what differs. */
export const twoClusters = (eastChanges: SnapshotChanges = {}, westChanges: SnapshotChanges = {}): Snapshot =>
  changeSnapshot({
    sidecars: [exampleSidecar(undefined, { failing: [] })],
    otherSides: [
      {
        peer: 'west',
        cluster: 'prod-west',
        snapshot: visible(changeSnapshot({ ...west, ...westChanges })),
      },
    ],
    ...eastChanges,
  });

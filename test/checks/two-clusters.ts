import { changeSnapshot, type SnapshotChanges } from '../../src/checks/examples/healthy';
import {
  exampleExports,
  exampleImportedService,
  exampleIntentions,
  examplePeering,
  exampleExportedHealth,
  exampleSidecar,
  exampleUpstream,
} from '../../src/checks/examples/parts';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { visible } from './world';

/** Two clusters that are configured and peered: `web` of prod-east calls `billing` of prod-west, and back `api`. */

const nearId = examplePeering().ID;

const west: SnapshotChanges = {
  cluster: { name: 'prod-west', datacenter: 'dc2' },
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

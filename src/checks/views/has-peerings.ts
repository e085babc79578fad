import { defineView } from '../view';

/**
 * False where the cluster has no peering at all: it is then checked for its readiness to peer. One visible peering
 * decides it, whatever others are hidden, so that checks with partial inputs can still fail.
 */
export const hasPeeringsView = defineView({
  name: 'hasPeerings',
  description: 'whether there is any peering: `/v1/peerings`',
  needs: ['peerNames'],
  compute: ({ peerNames }, { certain }) => peerNames.length > 0 && certain(true),
});

/** The reason why checks of exports and imports skip in a cluster without peerings. */
export const noPeerings = 'there is no peering yet';

import { findThroughGatewaysEntry } from '../../snapshot/peers-through-gateways';
import { evidence } from '../evidence';
import type { Conclusion } from '../model';
import { reasonOf } from '../reason';
import { defineView } from '../view';

/** Decides whether peering traffic itself goes through mesh gateways (`PeerThroughMeshGateways`). */
export const peersThroughGatewaysView = defineView({
  name: 'peersThroughGateways',
  description: 'whether peering traffic goes through mesh gateways: `/v1/config/mesh`',
  optional: ['mesh'],
  compute: ({ mesh }): Conclusion => {
    const through = findThroughGatewaysEntry(mesh);
    if (through) {
      return {
        is: 'yes',
        why: 'it peers through mesh gateways',
        evidence: [evidence(through.at, 'Peering.PeerThroughMeshGateways', true)],
      };
    }
    return mesh.visibility === 'visible'
      ? {
          is: 'no',
          why: 'peering traffic does not go through mesh gateways (PeerThroughMeshGateways is off)',
          evidence: [],
        }
      : { is: 'unknown', why: reasonOf(mesh.reason), evidence: [] };
  },
});

import { type GatewayGrant, gatewayGrantsFor } from '../acl/needs';
import type { Mesh } from '../consul/wire';
import { rowsOf } from './section';
import type { Entry, Section } from './snapshot';

/** Finds the mesh config entry that sends peering traffic itself through mesh gateways. */
export const findThroughGatewaysEntry = (mesh: Section<readonly Entry<Mesh>[]>): Entry<Mesh> | undefined =>
  rowsOf(mesh).find(({ entry }) => entry.Peering?.PeerThroughMeshGateways === true);

/**
 * Returns the grants that the token of a mesh gateway needs. Where the mesh config entry is not visible, peering
 * traffic may go through gateways, so `peering:read` counts as needed: an unneeded grant to read breaks
 * nothing, but a fix without a needed one could.
 */
export const gatewayGrantsNeeded = (mesh: Section<readonly Entry<Mesh>[]>): readonly GatewayGrant[] =>
  gatewayGrantsFor(mesh.visibility !== 'visible' || findThroughGatewaysEntry(mesh) !== undefined);

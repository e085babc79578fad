/** Why rows about exports and imports skip in a cluster that is checked for its readiness to peer. */
export const noPeering = 'there is no peering yet';

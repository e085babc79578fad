/** Names that Consul takes for peerings (seen on 1.20.1). */
export const peerName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

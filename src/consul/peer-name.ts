/** Names that Consul accepts for peerings (measured on 1.20.1). */
export const peerNamePattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Names that Consul accepts, of peerings that cannot be read or deleted afterwards: the routes `/v1/peering/token` and
 * `/v1/peering/establish` have the path of the peering, and answer 405 (measured on 1.20.1).
 */
const shadowed = new Set(['token', 'establish']);

/** Returns the problem with a name for a new peering, or undefined. */
export const findPeerNameProblem = (name: string): string | undefined => {
  if (!peerNamePattern.test(name))
    return `"${name}" is not a valid peering name: use up to 63 lowercase letters, digits and dashes, with no dash at the ends`;
  return shadowed.has(name)
    ? `"${name}" is not a valid peering name: /v1/peering/${name} is an endpoint of Consul, so the peering could not be read again; choose another name`
    : undefined;
};

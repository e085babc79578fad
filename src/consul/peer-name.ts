/** Names that Consul takes for peerings (seen on 1.20.1). */
export const peerName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Names that Consul takes and that nobody can read or delete again: its own routes `/v1/peering/token` and
 * `/v1/peering/establish` stand where the peering would be, and answer 405 (seen on 1.20.1).
 */
const shadowed = new Set(['token', 'establish']);

/** What is wrong with a name for a new peering; undefined where nothing is. */
export const peerNameProblem = (name: string): string | undefined => {
  if (!peerName.test(name))
    return `"${name}" cannot be the name of a peering: expected small letters, digits and dashes inside, at most 63`;
  return shadowed.has(name)
    ? `"${name}" cannot be the name of a peering: /v1/peering/${name} is a route of Consul's own, so it could never be read again; choose another name`
    : undefined;
};

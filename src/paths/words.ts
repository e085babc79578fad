import type { InstanceCount, PathRoute } from './model';

/** Maximum health checks that a sentence names. */
const maxNames = 3;

const checkNames = (names: readonly string[]): string => {
  const unique = [...new Set(names)];
  const more = unique.length > maxNames ? ` and ${unique.length - maxNames} more` : '';
  return `${unique
    .slice(0, maxNames)
    .map((name) => `"${name}"`)
    .join(', ')}${more}`;
};

/** `2 of 3 passing`. */
export const passingWords = ({ total, healthy }: InstanceCount): string => `${healthy} of ${total} passing`;

/** `all 2 fail "serfHealth"`. */
export const failingInstances = ({ total, failing }: InstanceCount): string => {
  const names = failing.length === 0 ? 'their health checks' : checkNames(failing);
  return total === 1 ? `its only instance fails ${names}` : `all ${total} instances fail ${names}`;
};

const label = (name: string, namespace: string): string =>
  namespace === 'default' ? name : `${namespace}/${name}`;

/** Names the service of a peer that a path ends at. */
export const destinationLabel = ({ destination }: PathRoute): string =>
  label(destination.service, destination.namespace);

export const consumerLabel = ({ consumer }: PathRoute): string => label(consumer.service, consumer.namespace);

/** Names the other side for people: as it is configured, else by the peering. */
export const farName = ({ destination }: PathRoute): string =>
  destination.cluster || `the peer ${destination.peer}`;

/** `web → api at east`: the name of a path at its consumer. */
export const pathLabel = (route: PathRoute): string =>
  `${consumerLabel(route)} → ${destinationLabel(route)} at ${route.destination.peer}`;

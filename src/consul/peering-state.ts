import type { Peering } from './wire';

/**
 * Returns the state of a peering. Consul shows that of the stream, ACTIVE or FAILING, for a moment after a deletion was requested
 * (measured on 1.20.1). A deletion by the other side may overtake it: Consul stores TERMINATED then, keeps `DeletedAt`, and
 * deletes nothing any more.
 */
export const peeringState = ({ State, DeletedAt }: Pick<Peering, 'State' | 'DeletedAt'>): string =>
  DeletedAt && State !== 'TERMINATED' ? 'DELETING' : State;

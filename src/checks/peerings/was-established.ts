import type { Relation } from '../model';

/**
 * Tells whether a peering that looks unfinished was established before. ACTIVE lives in the leader's memory alone:
 * after a new leader, while the other side is away, the acceptor shows PENDING and the dialer ESTABLISHING (seen on
 * 1.20.1). The acceptor knows the other datacenter only once its token was used.
 */
export const wasEstablished = ({ state, side, peering }: Relation): boolean =>
  state === 'ESTABLISHING' ||
  (state === 'PENDING' && side === 'acceptor' && Boolean(peering.Remote?.Datacenter));

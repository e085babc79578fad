import type { Peering } from '../../consul/wire';
import type { Relation } from '../model';

/**
 * Tells whether the token of a peering that is PENDING was used. The acceptor knows the other datacenter only then; the dialer
 * has it from the token, and is PENDING until the token is accepted (seen on 1.20.1).
 */
export const isTokenUsed = ({ PeerServerAddresses, Remote }: Peering): boolean =>
  PeerServerAddresses.length === 0 && Boolean(Remote?.Datacenter);

/**
 * Tells whether a peering that looks unfinished was established before. ACTIVE lives in the leader's memory alone:
 * after a new leader, while the other side is away, the acceptor shows PENDING and the dialer ESTABLISHING (seen on
 * 1.20.1).
 */
export const wasEstablished = ({ state, peering }: Pick<Relation, 'state' | 'peering'>): boolean =>
  state === 'ESTABLISHING' || (state === 'PENDING' && isTokenUsed(peering));

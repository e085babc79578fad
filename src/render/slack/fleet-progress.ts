import { count, duration, grouped } from '../words';
import { mention, section } from './blocks';
import type { Message } from './limits';

export interface FleetProgress {
  /** User id of the requester. */
  readonly requestedBy: string;
  /** Clusters that are done, and all. */
  readonly done: number;
  readonly total: number;
  readonly elapsedMs: number;
}

/** The message while several clusters are read: one line, edited in place. */
export const renderFleetProgress = ({ requestedBy, done, total, elapsedMs }: FleetProgress): Message => {
  const text = [
    `⏳ ${grouped(done)} of ${count(total, 'cluster')}…`,
    `requested by ${mention(requestedBy)}`,
    duration(elapsedMs),
  ].join(' · ');
  return { text, blocks: [section(text)] };
};

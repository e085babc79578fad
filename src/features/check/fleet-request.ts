import { z } from 'zod';
import type { FleetReading } from '../../clusters/fleet-lane';
import type { RequestContext } from '../../slack/request-job';
import { Requester } from '../../slack/requester';
import type { CheckServices } from './check-request';
import type { FleetLines } from './fleet-lines.store';

/** A request to check several clusters. */
export const FleetRequest = z.object({
  /** Names, globs or `all`, as typed. */
  words: z.array(z.string()),
  /** True to leave out the clusters that are ready. */
  short: z.boolean(),
  ...Requester.shape,
});
export type FleetRequest = z.infer<typeof FleetRequest>;

/** Identifies a request while it is queued or runs. What it may show depends on the person. */
export const fleetKey = ({
  words,
  short,
  channel,
  user,
  thread,
}: Pick<FleetRequest, 'words' | 'short' | 'channel' | 'user' | 'thread'>): string =>
  `fleet/${channel}/${user}/${JSON.stringify([words, short, ...(thread === undefined ? [] : [thread])])}`;

export interface FleetServices extends CheckServices, FleetReading {
  readonly fleetLines: FleetLines;
}

export type FleetContext = RequestContext<FleetRequest, FleetServices>;

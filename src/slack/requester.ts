import { z } from 'zod';
import { omitUndefined } from '../omit-undefined';
import { Actor } from '../access/actor';

/** The person that a job answers, and the channel. Part of the payload of each job of a request. */
export const Requester = Actor.extend({
  /** Takes private answers for half an hour; absent if the request came from a modal or from App Home. */
  responseUrl: z.string().optional(),
  /** The first message of the thread that the answer belongs into, of a request that was made in one. */
  thread: z.string().optional(),
});
export type Requester = Readonly<z.infer<typeof Requester>>;

/** Makes the requester that a payload holds from a request; without a channel, the answer goes to a direct message. */
export const requesterOf = ({
  actor: { user, team, organisation, channel },
  responseUrl,
  thread,
}: {
  readonly actor: Actor;
  readonly responseUrl?: string | undefined;
  readonly thread?: string | undefined;
}): Requester => ({
  channel: channel === '' ? user : channel,
  user,
  team,
  organisation,
  responseUrl,
  ...omitUndefined({ thread }),
});

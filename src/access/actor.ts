import { z } from 'zod';

/** The person who acts, and the channel they act in. Job payloads and stored records hold these fields. */
export const Actor = z.object({
  user: z.string(),
  team: z.string(),
  /** Set if the bot is installed for a whole Enterprise organization. */
  organisation: z.string().optional(),
  /** Empty if the request comes from no channel, such as from App Home. */
  channel: z.string(),
});
export type Actor = Readonly<z.infer<typeof Actor>>;

/** Picks the actor from a payload or a stored record, which have more fields. */
export const actorOf = ({ user, team, organisation, channel }: Actor): Actor => ({
  user,
  team,
  organisation,
  channel,
});

import { z } from 'zod';

/** The person who acts, and the channel they act in. Job payloads and stored records hold these fields. */
export const Actor = z.object({
  user: z.string(),
  team: z.string(),
  /** Set where the bot is installed for a whole Enterprise organization. */
  organisation: z.string().optional(),
  /** Empty where the request comes from no channel, as on App Home. */
  channel: z.string(),
});
export type Actor = Readonly<z.infer<typeof Actor>>;

/** Picks the actor out of a payload or a stored record, which hold more than that. */
export const actorOf = ({ user, team, organisation, channel }: Actor): Actor => ({
  user,
  team,
  organisation,
  channel,
});

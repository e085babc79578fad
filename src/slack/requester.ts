import type { Asked } from './define';

/** Whom and where a job answers, as its payload holds it: where there is no channel, in the direct conversation. */
export const requesterOf = ({ actor, responseUrl }: Asked) => ({
  channel: actor.channel === '' ? actor.user : actor.channel,
  user: actor.user,
  team: actor.team,
  ...(actor.organisation === undefined ? {} : { organisation: actor.organisation }),
  ...(responseUrl === undefined ? {} : { responseUrl }),
});

import { defineAction, type SlackContext } from '../../slack/define';
import type { Message } from '../../render/slack/limits';
import type { Recorder } from '../audit';
import type { Incident } from './incident';
import { incidentButtons } from './incident-buttons';
import { renderIncidentOver, renderOnIt, withIncident } from './incident.message';
import type { IncidentKey, Incidents } from './incidents.store';

export interface IncidentServices {
  readonly incidents: Incidents;
  readonly record: Recorder;
}

type Context = SlackContext<IncidentServices>;
type Value = { readonly cluster: string; readonly since: string };

const keyOf = ({ cluster, since }: Value): IncidentKey => ({ cluster, sinceMs: Number(since) });

const recordClick = (
  action: string,
  { cluster, sinceMs }: IncidentKey,
  { id, actor, record }: Context,
  detail: string,
) =>
  record({
    action,
    requestId: id,
    person: actor.user,
    team: actor.team,
    cluster,
    hash: null,
    detail: `not ready since ${new Date(sinceMs).toISOString()}${detail}`,
  });

/** Shows who is on it in the message that was clicked; answers in private if that is not possible. */
const show = async (
  key: IncidentKey,
  incident: Incident | undefined,
  { clicked }: Context,
): Promise<Message | undefined> => {
  const next = clicked && withIncident(clicked, key, incident);
  if (next !== undefined && (await clicked?.replace(next)) === true) return undefined;
  return incident === undefined ? renderIncidentOver(key.cluster) : renderOnIt(incident);
};

/** Puts the person who clicks on an incident. Nobody is mentioned for it any more. */
export const takeIncident = defineAction<IncidentServices>()({
  button: incidentButtons.take,
  command: 'check',
  access: ({ cluster }) => [cluster],
  run: async ({ value, ...context }) => {
    const { actor, incidents } = context;
    const key = keyOf(value);
    const now = Date.now();
    const incident = await incidents.take(key, actor.user, now);
    const isOwn = incident?.taken?.by === actor.user;
    if (isOwn && incident.taken?.atMs === now) await recordClick('incident-take', key, context, '');
    const shown = await show(key, incident, context);
    return incident === undefined || isOwn ? shown : renderOnIt(incident);
  },
});

/** Takes the person off an incident; anybody may who may check the cluster, since people go home. */
export const releaseIncident = defineAction<IncidentServices>()({
  button: incidentButtons.release,
  command: 'check',
  access: ({ cluster }) => [cluster],
  run: async ({ value, ...context }) => {
    const key = keyOf(value);
    const before = await context.incidents.release(key, Date.now());
    if (before?.taken) await recordClick('incident-release', key, context, `: ${before.taken.by} was on it`);
    return show(key, before && { ...before, taken: null }, context);
  },
});

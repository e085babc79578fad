import type { Config } from '../../config/config';
import { isOnCall } from '../../config/on-call';
import { ownerOf } from '../../config/owners';
import type { Incident } from './incident';
import type { Incidents } from './incidents.store';

/** The services that mention people on call. */
interface MentionServices {
  readonly config: Config;
  readonly incidents: Incidents;
}

/** Tells whether people on call are to be mentioned for an incident now, since their hours have begun. */
export const isDueNow = (
  { cluster, isDue, mention, taken }: Incident,
  { config }: Pick<MentionServices, 'config'>,
): boolean => {
  const onCall = ownerOf(config, cluster)?.oncall;
  return onCall !== undefined && isDue && mention === null && taken === null && isOnCall(onCall, Date.now());
};

/** Returns the groups that a message mentions for these clusters: each incident is mentioned by one message. */
export const claimMentions = async (
  clusters: readonly string[],
  message: string,
  { config, incidents }: MentionServices,
): Promise<readonly string[]> => {
  const groups: string[] = [];
  const now = Date.now();
  for (const cluster of clusters) {
    const onCall = ownerOf(config, cluster)?.oncall;
    if (onCall === undefined) continue;
    if (await incidents.claimMention(cluster, message, isOnCall(onCall, now), now))
      groups.push(onCall.usergroup);
  }
  return groups;
};

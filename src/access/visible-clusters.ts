import type { CommandName } from '../config/commands';
import type { Config } from '../config/config';
import { success } from '../result';
import type { SlackAnswer } from '../slack/api/call';
import { may } from './access';
import type { Actor } from './actor';
import type { Authorizer } from './authorizer';

/** The one place that decides which clusters a person, or a channel, may see. */

interface Services {
  readonly config: Pick<Config, 'clusters'>;
  readonly authorizer: Authorizer;
}

/**
 * Lists the clusters for which an actor may run a command, by default among all configured ones. Asks Slack if cached
 * facts do not decide. Fails if Slack does not answer: then nothing is visible.
 */
export const visibleClusters = async (
  actor: Actor,
  command: CommandName,
  { config, authorizer }: Services,
  among: readonly string[] = [...config.clusters.keys()],
): Promise<SlackAnswer<readonly string[]>> => {
  const visible: string[] = [];
  // One after the other: what Slack answers for the first is cached for all others.
  for (const cluster of among) {
    const answer = await authorizer.authorize(actor, { command, clusters: [cluster] });
    if (!answer.ok) return answer;
    if (answer.value.kind === 'allowed') visible.push(cluster);
  }
  return success(visible);
};

/** Lists the clusters that an actor may see, for lists and hints: none if Slack does not answer. */
export const visibleOrNone = async (
  ...given: Parameters<typeof visibleClusters>
): Promise<readonly string[]> => {
  const answer = await visibleClusters(...given);
  return answer.ok ? answer.value : [];
};

/**
 * Lists the clusters for which every full member may run a command in a channel, for what is shown there although nobody has
 * requested it. Rights of single people and of user groups do not count, since others read the channel too.
 */
export const visibleToAll = (
  channel: string,
  command: CommandName,
  { access }: Pick<Config, 'access'>,
  among: readonly string[],
): readonly string[] => {
  const home = { team: '' };
  const anyone = { user: '', ...home, channel, member: true, usergroups: new Set<string>() };
  return among.filter((cluster) => may(access, home, anyone, command, cluster).kind === 'allowed');
};

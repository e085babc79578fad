import type { CommandName } from '../config/commands';
import type { Actor } from './access';
import type { SlackTools } from '../slack/define';

/**
 * The configured clusters for which a person may give a command. Slack is asked where what is remembered does not
 * decide; a cluster for which it gives no answer is left out.
 */
export const clustersOf = async (
  actor: Actor,
  command: CommandName,
  { config, authorizer }: Pick<SlackTools, 'config' | 'authorizer'>,
): Promise<readonly string[]> => {
  const seen: string[] = [];
  for (const cluster of config.clusters.keys()) {
    const wish = { command, clusters: [cluster] };
    const decision = authorizer.decide(actor, wish);
    if (decision.kind === 'allowed') seen.push(cluster);
    if (decision.kind !== 'unsure') continue;
    const answer = await authorizer.authorize(actor, wish);
    if (answer.ok && answer.value.kind === 'allowed') seen.push(cluster);
  }
  return seen;
};

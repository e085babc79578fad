import type { CommandName } from '../config/commands';
import type { Config } from '../config/config';
import type { Actor } from './actor';
import type { Authorizer } from './authorizer';

/**
 * Lists the configured clusters for which an actor may run a command. Asks Slack if cached facts do not decide;
 * leaves out a cluster for which Slack does not answer.
 */
export const visibleClusters = async (
  actor: Actor,
  command: CommandName,
  { config, authorizer }: { readonly config: Pick<Config, 'clusters'>; readonly authorizer: Authorizer },
): Promise<readonly string[]> => {
  const visible: string[] = [];
  for (const cluster of config.clusters.keys()) {
    const permission = { command, clusters: [cluster] };
    const decision = authorizer.decide(actor, permission);
    if (decision.kind === 'allowed') visible.push(cluster);
    if (decision.kind !== 'unsure') continue;
    const answer = await authorizer.authorize(actor, permission);
    if (answer.ok && answer.value.kind === 'allowed') visible.push(cluster);
  }
  return visible;
};

import type { CommandName } from '../../config/commands';
import { visibleOrNone } from '../../access/visible-clusters';
import { plain } from '../../render/escape';
import type { SlackContext } from '../../slack/define';
import { defineAssistant, type SuggestedPrompt } from '../../slack/define-event';

/** Maximum prompts that Slack shows. */
const maxPrompts = 4;
const maxTitle = 75;

const mayUse = async (command: CommandName, { actor, authorizer }: SlackContext): Promise<boolean> => {
  const answer = await authorizer.authorize(actor, { command, clusters: [] });
  return answer.ok && answer.value.kind === 'allowed';
};

/** Puts the clusters whose owner has the viewed channel first. */
const viewedFirst = (
  clusters: readonly string[],
  viewed: string | undefined,
  { owners }: SlackContext['config'],
): readonly string[] => {
  const isViewed = (cluster: string): boolean =>
    viewed !== undefined && owners?.get(cluster)?.channel === viewed;
  return [...clusters.filter(isViewed), ...clusters.filter((cluster) => !isViewed(cluster))];
};

/**
 * Suggests commands in a new thread of the assistant view: only such that the person may use in that conversation, with the
 * names of clusters that they may see there.
 */
export const suggestPrompts = defineAssistant()({
  prompts: async ({ viewed }, context) => {
    if (!(await mayUse('help', context))) return [];
    const checked = await visibleOrNone(context.actor, 'check', context);
    const listed = await visibleOrNone(context.actor, 'peerings', context);
    const [first, second] = viewedFirst(checked, viewed, context.config);
    const prompts: readonly (SuggestedPrompt | undefined)[] = [
      first === undefined ? undefined : { title: `Check ${first}`, message: `check ${first}` },
      second === undefined ? undefined : { title: 'Check all my clusters', message: 'check all --short' },
      listed.length === 0 ? undefined : { title: 'List who peers with whom', message: 'peerings' },
      { title: 'Show what you can do', message: 'help' },
    ];
    return prompts
      .flatMap((prompt) => prompt ?? [])
      .slice(0, maxPrompts)
      .map(({ title, message }) => ({ title: plain(title, maxTitle), message }));
  },
});

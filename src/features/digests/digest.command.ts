import { type FormServices, openCommandForm } from '../../slack/command-form';
import { digestForm } from './digest-form';
import { visibleOrNone } from '../../access/visible-clusters';
import { manageDigest } from './manage-digest';
import { renderFailure } from '../../render/slack/failure';
import { parseDigest } from './parse-digest';
import { defineCommand } from '../../slack/define';
import { queueProblem } from '../../slack/queue-problem';
import { requesterOf } from '../../slack/requester';

const usage =
  'digest add CLUSTER…|GLOB|SELECTOR WHEN [TIMEZONE] [only-changes] | digest list | digest pause|resume|remove|run ID';

export const digestCommand = defineCommand<FormServices>()({
  name: 'digest',
  usage,
  summary: 'checks clusters on a schedule and posts what changed to this channel',
  args: [{ name: 'words', kind: 'words' }],
  decidedBy: 'job',
  access: () => [],
  run: async ({ args: { words }, ...context }) => {
    const { actor, enqueue } = context;
    const parsed = parseDigest(words, await visibleOrNone(actor, 'digest', context), context.config.owners);
    if (!parsed.ok) {
      return renderFailure({ kind: 'usage', problem: parsed.error, usage: `/peering ${usage}` });
    }
    const queued = await enqueue(manageDigest, { change: parsed.value, ...requesterOf(context) });
    return queueProblem(queued);
  },
  form: (context) => openCommandForm(digestForm, context),
});

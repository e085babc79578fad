import { defineCommand } from '../../slack/define';
import { queueProblem } from '../../slack/queue-problem';
import { requesterOf } from '../../slack/requester';
import { runDoctor } from './run-doctor';

export const doctorSlackCommand = defineCommand()({
  name: 'doctor',
  usage: 'doctor',
  summary: 'checks the installation: Slack, Redis, workers, and access to each cluster',
  args: [],
  decidedBy: 'job',
  access: () => [],
  run: async (context) => queueProblem(await context.enqueue(runDoctor, requesterOf(context))),
});

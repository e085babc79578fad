import type { Message } from '../../render/slack/limits';
import { afterFailure } from './answer';
import type { JobRun, Outcome } from '../../queue/define';
import { describeFailure } from './call';
import type { Target } from './find';
import type { JobTools } from '../../features/job-tools';

/**
 * Tells the owner of what the bot stopped, in private and once, however late Slack takes it, and ends the job.
 *
 * @param target names the message by what was stopped and when, so that it is the same for each attempt and each run
 * @param as how the job ends
 */
export const tellOwner = async (
  target: Target,
  message: Message,
  { poster }: Pick<JobTools, 'poster'>,
  run: JobRun,
  as: string,
): Promise<Outcome> => {
  const told = await poster.post(target, message);
  if (told.ok) return { kind: 'done', as };
  if (told.failure.kind !== 'refused') return afterFailure(told.failure, run);
  // Somebody who has left cannot be told.
  run.log.warn({ name: target.name, reason: describeFailure(told.failure) }, 'could not tell the owner');
  return { kind: 'done', as };
};

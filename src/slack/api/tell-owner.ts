import type { JobOutcome, JobRun } from '../../queue/define';
import type { Message } from '../../render/slack/limits';
import { afterFailure } from './after-failure';
import { describeFailure } from './call';
import type { MessageTarget } from './find';
import type { Poster } from './poster';

/**
 * Notifies the owner of something that the bot stopped with one private message, and ends the job. Even if Slack
 * accepts the message late, it is posted once.
 *
 * @param target names the message by what was stopped and when, so that all attempts and runs use the same name
 * @param as how the job ends
 */
export const tellOwner = async (
  target: MessageTarget,
  message: Message,
  { poster, log }: { readonly poster: Pick<Poster, 'post'> } & Pick<JobRun, 'log'>,
  as: string,
): Promise<JobOutcome> => {
  const posted = await poster.post(target, message);
  if (posted.ok) return { kind: 'done', as };
  if (posted.error.kind !== 'refused') return afterFailure(posted.error, { since: target.since, log });
  // The owner may have left the workspace.
  log.warn({ name: target.name, reason: describeFailure(posted.error) }, 'could not notify the owner');
  return { kind: 'done', as };
};

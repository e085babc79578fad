import { type Asker, afterFailure, answerPrivately } from '../answer';
import type { JobRun, Outcome } from '../define';
import type { Message } from '../../render/slack/limits';
import type { JobTools } from '../tools';

type Tools = Pick<JobTools, 'poster' | 'respond' | 'places' | 'botName'>;

/**
 * Tells one person how it went, and ends the job. Where Slack gave no address to answer to, as for clicks on App
 * Home, it goes into the direct conversation with that person.
 */
export const tell = async (
  asker: Asker,
  message: Message,
  tools: Tools,
  run: JobRun,
  as: string,
): Promise<Outcome> => {
  const answer =
    asker.responseUrl === undefined
      ? await tools.poster.post({ channel: asker.user, name: `${run.id}/private`, since: run.since }, message)
      : await answerPrivately(asker, message, tools, run);
  return answer.ok ? { kind: 'done', as } : afterFailure(answer.failure, run);
};

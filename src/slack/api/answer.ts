import { withInvitation } from '../../render/slack/invitation';
import type { Message } from '../../render/slack/limits';
import type { MessageRef } from './message-refs.store';
import type { JobRun, Outcome } from '../../queue/define';
import { describeFailure, isAboutContent, isNoAccess, type SlackAnswer, type SlackFailure } from './call';
import type { JobTools } from '../../features/job-tools';

/** Whom and where a job answers. */
export interface Asker {
  readonly channel: string;
  readonly user: string;
  readonly responseUrl?: string | undefined;
}

/** The one message that a request is answered with: in the channel, or privately where the bot may not post. */
export type Answer = { readonly kind: 'channel'; readonly place: MessageRef } | { readonly kind: 'private' };

type Tools = Pick<JobTools, 'poster' | 'respond' | 'messageRefs' | 'botName'>;

/** What becomes of a job whose answer Slack did not take. */
export const afterFailure = (failure: SlackFailure, run: JobRun): Outcome => {
  if (failure.kind === 'rate-limited') return { kind: 'later', afterMs: failure.retryAfterMs };
  const reason = describeFailure(failure);
  if (failure.kind === 'lost') return { kind: 'again', reason };
  run.log.error({ reason }, 'Slack refused the answer');
  return { kind: 'done', as: 'undelivered' };
};

/** Posts the first message, or finds it where an earlier attempt posted it. */
export const openAnswer = async (
  asker: Asker,
  first: Message,
  { poster }: Tools,
  run: JobRun,
): Promise<SlackAnswer<Answer>> => {
  const posted = await poster.post({ channel: asker.channel, name: run.id, since: run.since }, first);
  if (posted.ok) return { ok: true, value: { kind: 'channel', place: posted.value } };
  return isNoAccess(posted.failure) ? { ok: true, value: { kind: 'private' } } : posted;
};

const goneCodes = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);

/** Whether a message cannot be edited any more, most likely since somebody deleted it. */
export const isGone = (failure: SlackFailure): boolean =>
  failure.kind === 'refused' && goneCodes.has(failure.code);

/**
 * Puts the final message in place of the first. Where somebody deleted that, it is posted anew; where the bot was
 * removed from the channel meanwhile, it goes to the one who asked. Answers where it stands.
 */
export const finishAnswer = async (
  asker: Asker,
  answer: Answer,
  last: Message,
  tools: Tools,
  run: JobRun,
): Promise<SlackAnswer<Answer>> => {
  if (answer.kind === 'private') return answerPrivately(asker, last, tools, run, true);
  const edited = await tools.poster.edit(answer.place, last);
  if (edited.ok) return { ok: true, value: answer };
  const { failure } = edited;
  if (isNoAccess(failure)) return answerPrivately(asker, last, tools, run, true);
  if (!isGone(failure)) return edited;
  const target = { channel: asker.channel, name: `${run.id}/anew`, since: run.since };
  const posted = await tools.poster.post(target, last);
  return posted.ok ? { ok: true, value: { kind: 'channel', place: posted.value } } : posted;
};

/**
 * Answers only the one who asked, once as far as can be known: such messages cannot be looked for. What came from a
 * modal or from App Home has no address to respond to, and is answered in a direct message.
 */
export const answerPrivately = async (
  asker: Asker,
  message: Message,
  { poster, respond, messageRefs, botName }: Tools,
  run: JobRun,
  invite = false,
): Promise<SlackAnswer<Answer>> => {
  const name = `${run.id}/private`;
  const sent = { ok: true, value: { kind: 'private' } } as const;
  if ((await messageRefs.find(name))?.state === 'posted') return sent;
  const shown = invite ? withInvitation(message, botName) : message;
  if (asker.responseUrl === undefined) {
    const posted = await poster.post({ channel: asker.user, name, since: run.since }, shown);
    return posted.ok ? sent : posted;
  }
  const answer = await respond(asker.responseUrl, shown);
  if (!answer.ok) return answer;
  await messageRefs.posted(name, { channel: asker.channel, ts: '' });
  return sent;
};

/** Sends one private message and turns what came of it into the job's outcome. */
export const endPrivately = async (
  asker: Asker,
  message: Message,
  tools: Tools,
  run: JobRun,
  as: string,
): Promise<Outcome> => {
  const answer = await answerPrivately(asker, message, tools, run);
  return answer.ok ? { kind: 'done', as } : afterFailure(answer.failure, run);
};

/** Whether a plainer rendering is worth a try. */
export const wantsPlainer = (answer: SlackAnswer<unknown>): boolean =>
  !answer.ok && isAboutContent(answer.failure);

import { actorOf } from '../access/actor';
import type { Authorizer, Permission } from '../access/authorizer';
import { visibleOrNone } from '../access/visible-clusters';
import type { CommandName } from '../config/commands';
import type { Config } from '../config/config';
import type { JobOutcome, JobRun } from '../queue/define';
import { renderFailure } from '../render/slack/failure';
import { withInvitation } from '../render/slack/invitation';
import type { Message } from '../render/slack/limits';
import { afterFailure } from './api/after-failure';
import { describeFailure, isGone, isNoAccess, type SlackAnswer } from './api/call';
import type { MessageRef } from './api/message-ref';
import type { MessageRefs } from './api/message-refs.store';
import type { Poster } from './api/poster';
import type { Respond } from './api/response-url';
import { refusalWords } from './refusal';
import { renderUnknownCluster } from './unknown-cluster';
import type { Requester } from './requester';

/** The one message that answers a request: in the channel, or private if the bot may not post there. */
export type AnswerRef = { readonly kind: 'channel'; readonly ref: MessageRef } | { readonly kind: 'private' };

/** Answers one requester from one run of a job. */
export interface Reply {
  readonly requester: Requester;
  /**
   * The first step of a job of a request. The listener only refused what it could without asking Slack; this asks
   * Slack, so that access that ended while the job waited no longer counts. Undefined if the requester has the
   * permission.
   */
  readonly refuseUnless: (permission: Permission) => Promise<JobOutcome | undefined>;
  /** Answers that a cluster has left the configuration, and names those that the requester may see. */
  readonly unknownCluster: (
    cluster: string,
    command: CommandName,
    config: Pick<Config, 'clusters'>,
  ) => Promise<JobOutcome>;
  /** Sends one private message and ends the job. */
  readonly privately: (message: Message, as: string) => Promise<JobOutcome>;
  /** Tells the requester that an internal error occurred. */
  readonly internalError: (as?: string) => Promise<JobOutcome>;
  /**
   * Sends a private message at most once, as far as the bot can know: private messages cannot be found again. `part`
   * tells several messages of one run apart. Without a response URL it goes to a direct message.
   */
  readonly sendPrivately: (message: Message, part?: number) => Promise<SlackAnswer<AnswerRef>>;
  /** Posts the first message of the answer, or finds the one that an earlier attempt posted. */
  readonly open: (first: Message) => Promise<SlackAnswer<AnswerRef>>;
  /**
   * Replaces the first message with the final one. If the first was deleted, posts it again; if the bot was
   * removed from the channel, sends it to the requester. Returns where the answer ended up.
   */
  readonly finish: (answer: AnswerRef, last: Message) => Promise<SlackAnswer<AnswerRef>>;
  /** Ends the job after Slack did not accept a message. */
  readonly failed: (failure: Parameters<typeof afterFailure>[0]) => JobOutcome;
}

/** The services that replies need. */
export interface ReplyServices {
  readonly authorizer: Authorizer;
  readonly poster: Poster;
  readonly respond: Respond;
  readonly messageRefs: MessageRefs;
  /** The bot's own name, as people invite it. */
  readonly botName: string;
}

export const createReply = (
  requester: Requester,
  { authorizer, poster, respond, messageRefs, botName }: ReplyServices,
  run: JobRun,
): Reply => {
  const { channel, user, responseUrl } = requester;
  const { id, since, log } = run;
  const failed: Reply['failed'] = (failure) => afterFailure(failure, run);

  const send = async (message: Message, name: string): Promise<SlackAnswer<AnswerRef>> => {
    const sent = { ok: true, value: { kind: 'private' } } as const;
    if ((await messageRefs.find(name))?.state === 'posted') return sent;
    if (responseUrl === undefined) {
      const posted = await poster.post({ channel: user, name, since }, message);
      return posted.ok ? sent : posted;
    }
    const answer = await respond(responseUrl, message);
    if (!answer.ok) return answer;
    await messageRefs.posted(name, { channel, ts: '' });
    return sent;
  };
  const sendPrivately: Reply['sendPrivately'] = (message, part) =>
    send(message, `${id}${part === undefined ? '' : `/${part}`}/private`);

  const privately: Reply['privately'] = async (message, as) => {
    const answer = await sendPrivately(message);
    return answer.ok ? { kind: 'done', as } : failed(answer.error);
  };
  const internalError: Reply['internalError'] = (as = 'failed') =>
    privately(renderFailure({ kind: 'unexpected', requestId: id }), as);

  return {
    requester,
    failed,
    sendPrivately,
    privately,
    internalError,

    refuseUnless: async (permission) => {
      const answer = await authorizer.authorize(actorOf(requester), permission);
      if (answer.ok) {
        const decision = answer.value;
        if (decision.kind === 'allowed') return undefined;
        log.info({ user, command: permission.command, decision }, 'refused');
        return privately(renderFailure(refusalWords(decision, permission)), 'refused');
      }
      const { error: failure } = answer;
      const reason = describeFailure(failure);
      if (failure.kind === 'rate-limited') return { kind: 'delay', afterMs: failure.retryAfterMs };
      if (failure.kind === 'lost' && run.attempt < run.attempts) return { kind: 'retry', reason };
      log.error({ reason }, 'could not ask Slack who the requester is, so the request is refused');
      return internalError('undecided');
    },

    unknownCluster: async (cluster, command, config) => {
      const known = await visibleOrNone(actorOf(requester), command, { config, authorizer });
      return privately(renderUnknownCluster(cluster, known), 'refused');
    },

    open: async (first) => {
      const posted = await poster.post({ channel, name: id, since }, first);
      if (posted.ok) return { ok: true, value: { kind: 'channel', ref: posted.value } };
      return isNoAccess(posted.error) ? { ok: true, value: { kind: 'private' } } : posted;
    },

    finish: async (answer, last) => {
      const withoutChannel = (): Promise<SlackAnswer<AnswerRef>> =>
        sendPrivately(withInvitation(last, botName));
      if (answer.kind === 'private') return withoutChannel();
      const edited = await poster.edit(answer.ref, last);
      if (edited.ok) return { ok: true, value: answer };
      const { error: failure } = edited;
      if (isNoAccess(failure)) return withoutChannel();
      if (!isGone(failure)) return edited;
      // oxlint-disable-next-line plain-english/words -- stored by earlier versions
      const posted = await poster.post({ channel, name: `${id}/anew`, since }, last);
      return posted.ok ? { ok: true, value: { kind: 'channel', ref: posted.value } } : posted;
    },
  };
};

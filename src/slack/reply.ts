import { actorOf } from '../access/actor';
import { omitUndefined } from '../omit-undefined';
import type { Authorizer, Permission } from '../access/authorizer';
import { visibleOrNone } from '../access/visible-clusters';
import type { CommandName } from '../config/commands';
import type { Config } from '../config/config';
import type { JobOutcome, JobRun } from '../queue/define';
import { renderFailure } from '../render/slack/failure';
import { withInvitation } from '../render/slack/invitation';
import type { Message } from '../render/slack/limits';
import { afterFailure } from './api/after-failure';
import { describeFailure } from './api/call';
import type { NewContent } from './api/outbox/delivery';
import type { AnswerTarget, Rendering } from './api/outbox/entry';
import type { Outbox } from './api/outbox/outbox';
import { renderUnanswered } from './api/outbox/unanswered.message';
import { noteNameOf } from './api/outbox/unanswered.store';
import type { Poster } from './api/poster';
import { type ProgressEditor, startProgress } from './api/progress';
import { isDirectThread } from './direct-thread';
import { refusalWords } from './refusal';
import { renderUnknownCluster } from './unknown-cluster';
import type { Requester } from './requester';

/** The message of an answer while its job runs. */
interface OpenAnswer {
  /** Shows progress soon, if the message is there. Never waits, never fails. */
  readonly show: (message: Message) => void;
}

/** Answers one requester from one run of a job. Answers go through the outbox: none of this waits for Slack. */
export interface Reply {
  readonly requester: Requester;
  /**
   * The first step of a job of a request. The listener only refused what it could without asking Slack; this asks
   * Slack, so that access that ended while the job waited no longer counts. Undefined if the requester has the
   * permission. Also ends a job whose answer is already on its way, such as one that was taken over.
   */
  readonly refuseUnless: (permission: Permission) => Promise<JobOutcome | undefined>;
  /** Answers that a cluster is no longer configured, and names the clusters that the requester may see. */
  readonly unknownCluster: (
    cluster: string,
    command: CommandName,
    config: Pick<Config, 'clusters' | 'owners'>,
  ) => Promise<JobOutcome>;
  /** Sends one private message and ends the job. */
  readonly privately: (message: Message | readonly Message[], as: string) => Promise<JobOutcome>;
  /** Tells the requester that an internal error occurred, or that the request waited too long: in the message that shows progress, if there is one. */
  readonly internalError: (as?: string) => Promise<JobOutcome>;
  /** Posts the first message of the answer, unless an earlier attempt did. */
  readonly open: (first: Message) => OpenAnswer;
  /** Waits until the message shows the latest progress, and ends the progress. */
  readonly pause: () => Promise<void>;
  /**
   * Gives the final answer and ends the job. It takes the place of the first message; if people deleted that, it is
   * posted again; if the bot may not post to the channel, it goes to the requester.
   *
   * @param renderings from the richest to the plainest, for workspaces that refuse blocks
   */
  readonly finish: (renderings: Rendering | readonly Rendering[], as: string) => Promise<JobOutcome>;
  /** Ends the job after a call to Slack failed. */
  readonly failed: (failure: Parameters<typeof afterFailure>[0]) => JobOutcome;
}

/** The services that replies need. */
export interface ReplyServices {
  readonly authorizer: Authorizer;
  readonly poster: Poster;
  readonly outbox: Outbox;
  /** The bot's own name, as people invite it. */
  readonly botName: string;
}

/** Names the note that a request was not queued. Its job does nothing after that note. */
export const unqueuedNameOf = (requestId: string): string => `${requestId}/unqueued`;

/** @param what the request in a few words, for a note if its answer cannot be delivered */
export const createReply = (
  requester: Requester,
  { authorizer, poster, outbox, botName }: ReplyServices,
  run: JobRun,
  what?: string,
): Reply => {
  const { channel, user, responseUrl, thread } = requester;
  const { id, since, log } = run;
  const answers = what === undefined ? undefined : [{ name: id, what, at: since }];
  const target: AnswerTarget = {
    name: id,
    since,
    channel,
    user,
    responseUrl,
    answers,
    ...omitUndefined({ thread }),
  };
  const privateTarget = { ...target, name: `${id}/private` };
  const isHeld = async (): Promise<boolean> => !run.signal.aborted && (await run.isHeld?.()) !== false;
  const failed: Reply['failed'] = (failure) => afterFailure(failure, run);
  let opening: Promise<ProgressEditor | undefined> | undefined;
  let progress: ProgressEditor | undefined;
  /** The newest progress, which may be older than the message that shows it. */
  let newest: Message | undefined;

  /** Ends the progress. True if an edit may still be under way. */
  const endProgress = async (): Promise<boolean> => {
    const opened = await opening;
    return (await opened?.stop()) ?? false;
  };

  const openEntry = async (first: Message): Promise<ProgressEditor | undefined> => {
    const before = await outbox.find(id);
    // An earlier run may have died during an edit.
    const interrupted = before !== undefined && before.ref !== null;
    const orphan = renderFailure({ kind: 'interrupted', requestId: id });
    await outbox.put(target, { renderings: [{ message: first }], final: false, orphan, unsure: interrupted });
    const entry = await outbox.deliver(id);
    if (entry === undefined || entry.ref === null || entry.final || entry.way !== 'channel') return undefined;
    const named = { name: id, seq: entry.seq };
    progress = startProgress(
      async (ref, message) =>
        (await isHeld())
          ? poster.tryEdit(ref, message, named)
          : { ok: false, error: { kind: 'refused', code: 'job_taken_over' } },
      entry.ref,
    );
    if (newest !== undefined) progress.show(newest);
    return progress;
  };

  const inDirectThread = isDirectThread(requester);
  const privateWay = inDirectThread ? 'channel' : responseUrl === undefined ? 'direct' : 'response-url';

  /** Tells the requester, in private, which of their earlier requests could not be answered. */
  const tellUnanswered = async (): Promise<void> => {
    for (const { name, requests } of await outbox.unanswered.nameNotes(user, noteNameOf(id))) {
      const renderings = [{ message: renderUnanswered(requests) }];
      await outbox.put({ ...target, name, answers: requests }, { renderings, final: true, way: privateWay });
      await outbox.unanswered.clear(
        user,
        requests.map((request) => request.name),
      );
      await outbox.deliver(name);
    }
  };

  /** Ends a job whose answer is stored. */
  const answer = async (to: AnswerTarget, content: NewContent, as: string): Promise<JobOutcome> => {
    if (!(await isHeld())) return { kind: 'retry', reason: 'aborted' };
    await outbox.put(to, content);
    await outbox.deliver(to.name);
    await tellUnanswered();
    return { kind: 'done', as };
  };

  const privately: Reply['privately'] = (message, as) => {
    const messages = 'text' in message ? [message] : message;
    const [first, ...others] = messages;
    if (first === undefined) return Promise.resolve({ kind: 'done', as });
    const inThread = omitUndefined({ thread: inDirectThread ? others : undefined });
    const renderings = [{ message: first, privately: messages, ...inThread }];
    return answer(privateTarget, { renderings, final: true, way: privateWay }, as);
  };

  const finish: Reply['finish'] = async (renderings, as) => {
    const unsure = await endProgress();
    const all: readonly Rendering[] = 'message' in renderings ? [renderings] : renderings;
    const invited = all.map((one) => ({ ...one, privately: [withInvitation(one.message, botName)] }));
    return answer(target, { renderings: invited, final: true, unsure }, as);
  };

  const internalError: Reply['internalError'] = async (as = 'failed') => {
    const { expired } = run;
    const message = renderFailure(
      expired === undefined ? { kind: 'unexpected', requestId: id } : { kind: 'expired', waitedFor: expired },
    );
    return (await outbox.find(id)) === undefined ? privately(message, as) : finish({ message }, as);
  };

  return {
    requester,
    failed,
    privately,
    internalError,
    finish,

    refuseUnless: async (permission) => {
      const names = [id, privateTarget.name, unqueuedNameOf(id)];
      const stored = await Promise.all(names.map((name) => outbox.find(name)));
      if (stored.some((entry) => entry?.final)) return { kind: 'done', as: 'answered' };
      const decided = await authorizer.authorize(actorOf(requester), permission);
      if (decided.ok) {
        const decision = decided.value;
        if (decision.kind === 'allowed') return undefined;
        log.info({ user, command: permission.command, decision }, 'refused');
        return privately(renderFailure(refusalWords(decision, permission)), 'refused');
      }
      if (decided.error.kind !== 'refused') return failed(decided.error);
      const reason = describeFailure(decided.error);
      log.error({ reason }, 'could not ask Slack who the requester is, so the request is refused');
      return internalError('undecided');
    },

    unknownCluster: async (cluster, command, config) => {
      const known = await visibleOrNone(actorOf(requester), command, { config, authorizer });
      return privately(renderUnknownCluster(cluster, known, config), 'refused');
    },

    open: (first) => {
      opening = openEntry(first);
      // `finish` reports the failure.
      opening.catch(() => undefined);
      return {
        show: (message) => {
          newest = message;
          progress?.show(message);
        },
      };
    },

    pause: async () => {
      const opened = await opening;
      await opened?.flush();
    },
  };
};

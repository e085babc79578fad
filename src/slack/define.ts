import type { ModalView } from '@slack/types';
import type { Logger } from 'pino';
import type { CommandName } from '../config/commands';
import type { Config } from '../config/config';
import type { QueueName } from '../config/process-uses';
import type { Actor } from '../access/actor';
import type { AuditEvent } from '../access/audit-event';
import type { Authorizer } from '../access/authorizer';
import type { Enqueued, Producer } from '../queue/producer';
import type { JobType } from '../queue/define';
import type { SharedFile } from './api/shared-file';
import { renderFailure } from '../render/slack/failure';
import type { FormOption } from '../render/slack/form';
import type { Message } from '../render/slack/limits';
import type { ClickedMessage } from './clicked-message';

/** One positional argument of a command. */
export interface Arg {
  readonly name: string;
  /**
   * `cluster`: a configured cluster. `pattern`: a configured cluster, `all`, or a glob of clusters. `word`: one word. `rest`: all remaining words, joined by spaces. `words`: all
   * remaining words as a list, for commands with a grammar of their own; a quoted text is one word.
   */
  readonly kind: 'cluster' | 'pattern' | 'word' | 'rest' | 'words';
  readonly optional?: true;
}

/** The arguments that `run` receives: a text or a list for each; undefined if an optional one is missing. */
export type ArgsOf<A extends readonly Arg[]> = {
  readonly [S in A[number] as S['name']]:
    | (S extends { readonly kind: 'words' } ? readonly string[] : string)
    | (S extends { readonly optional: true } ? undefined : never);
};

/** A command, click or submission as it arrived: who sent it, from where, and how to answer privately. */
export interface SlackRequest {
  /** Follows the request through the queue, Consul and Slack. */
  readonly id: string;
  readonly actor: Actor;
  readonly responseUrl?: string | undefined;
  /** The first message of the thread that the request was made in. */
  readonly thread?: string | undefined;
  /** Files of the message that the request was made in; absent without any. */
  readonly files?: readonly SharedFile[];
  /** When the answer must be on its way at the latest (ms since the epoch). */
  readonly deadline: number;
  readonly log: Logger;
  /** Sends the requester a private message later; absent if there is no address. Never throws. */
  readonly answer?: ((message: Message) => Promise<void>) | undefined;
  /** Sends a private message instead of the answer of the job: if that is queued late, it does nothing more. Never throws. */
  readonly answerForJob?: ((message: Message) => Promise<void>) | undefined;
  /** Absent if Slack gave no trigger for a modal. */
  readonly modals?: Modals;
  /** The message of the bot that was clicked; absent if it is private, or not of a message. */
  readonly clicked?: ClickedMessage | undefined;
}

/** Opens and fills a modal of the person who acts. */
export interface Modals {
  /** Shows the first contents and returns the id to fill it by; undefined if the trigger has expired. */
  readonly open: (modal: ModalView) => Promise<string | undefined>;
  readonly fill: (id: string, modal: ModalView) => Promise<void>;
}

/** The services that all listeners share. */
export interface SlackServices {
  readonly config: Config;
  readonly authorizer: Authorizer;
  readonly producer: Pick<Producer, 'enqueue' | 'workers'>;
  /** Tells whether something happens for the first time within `forMs`, in all processes if Redis answers. */
  readonly isFirst: (what: string, forMs: number) => Promise<boolean>;
  /** Records a refused click in the audit trail. */
  readonly record: (event: AuditEvent) => Promise<void>;
}

/** The one argument of a listener: the request, what src/slack offers, and the services that the listener declares. */
export type SlackContext<Services = object> = SlackRequest &
  Pick<SlackServices, 'config' | 'authorizer' | 'isFirst'> &
  Services & {
    /** Queues a job under the id of the request, within the time until the deadline. */
    readonly enqueue: <Payload>(
      job: JobType<Payload>,
      payload: Payload,
      options?: { readonly key?: string | undefined },
    ) => Promise<Enqueued>;
    /** Counts the workers that take jobs of a queue; undefined if Redis does not answer before the deadline. */
    readonly workers: (queue: QueueName) => Promise<number | undefined>;
  };

/** Makes the context of a request. */
export const contextOf = <Services extends object>(
  request: SlackRequest,
  services: SlackServices & Services,
): SlackContext<Services> => {
  const { producer } = services;
  const leftMs = (): number => Math.max(0, request.deadline - Date.now());
  return {
    ...services,
    ...request,
    enqueue: async (job, payload, { key } = {}) => {
      const queued = await producer.enqueue(job, payload, { id: request.id, key }, leftMs());
      if (queued.kind === 'unsure') void correct(queued.known, request);
      return queued;
    },
    workers: (queue) => producer.workers(queue, leftMs()),
  };
};

/**
 * Corrects the first answer once it is known that nothing was queued. If something was, its job answers. What a replaced
 * connection sent may reach Redis even later.
 */
const correct = async (
  known: (Enqueued & { readonly kind: 'unsure' })['known'],
  { answer, answerForJob = answer, log }: SlackRequest,
): Promise<void> => {
  const outcome = await known.catch(() => undefined);
  log.info({ outcome }, 'a request that was not confirmed');
  if (outcome === 'failed') await answerForJob?.(renderFailure({ kind: 'queue-lost' }));
};

export interface Command<Args, Services = object> {
  readonly name: CommandName;
  /** As typed after `/peering`: words in capitals are to be replaced, those in brackets are optional. */
  readonly usage: string;
  /** Its effect, in one line of help. */
  readonly summary: string;
  readonly args: readonly Arg[];
  /**
   * The part that decides about access. `listener`: before `run`. If it must ask Slack, it does so after the
   * acknowledgement, so `run` must not queue anything. `job`: `run` only queues a job whose first step is
   * `reply.refuseUnless`; the listener refuses what it can without asking Slack.
   */
  readonly decidedBy: 'listener' | 'job';
  /** The clusters for which the person needs the permission. */
  readonly access: (args: Args) => readonly string[];
  /** Must be quick. A message answers privately; undefined if a job will answer. */
  readonly run: (context: SlackContext<Services> & { readonly args: Args }) => Promise<Message | undefined>;
  /**
   * Makes the modal to fill in the arguments, shown if fewer words are given than needed; `args` are the given
   * ones. A message if there is nothing to fill in.
   */
  readonly form?: (
    context: SlackContext<Services> & { readonly args: Partial<Args> },
  ) => Promise<ModalView | Message>;
}

/** Any command that can run with these services. Takes only arguments that were parsed for it. */
export type AnyCommand<Services = never> = Command<never, Services>;

/**
 * Declares a command; the types of the arguments follow from `args`.
 *
 * @example
 * export const history = defineCommand<{ readonly reports: Reports }>()({
 *   name: 'history', usage: 'history CLUSTER', summary: 'lists the run history of a cluster',
 *   args: [{ name: 'cluster', kind: 'cluster' }],
 *   decidedBy: 'listener',
 *   access: ({ cluster }) => [cluster],
 *   run: async ({ args: { cluster }, actor, reports }) => …,
 * });
 */
export const defineCommand =
  <Services = object>() =>
  <const A extends readonly Arg[]>(
    command: Command<ArgsOf<A>, Services> & { readonly args: A },
  ): Command<ArgsOf<A>, Services> & { readonly args: A } =>
    command;

/** The right to a click or a submission: that of a command, or one that a stored approval request decides. */
type Right<Value> = ByCommand<Value> | ByRequest<Value>;

interface ByCommand<Value> {
  /** The command whose permission it needs. */
  readonly command: CommandName;
  /** The clusters for which the person needs the permission. */
  readonly access: (value: Value) => readonly string[];
  /** As for commands. Default: the listener. */
  readonly decidedBy?: 'listener' | 'job';
}

interface ByRequest<Value> {
  /**
   * The job that it queues decides, by who made the request and who may approve it. The listener only refuses people
   * who may never do anything. `run` must do nothing but queue such a job.
   */
  readonly decidedBy: 'request';
  /** Returns the id of the approval request. */
  readonly request: (value: Value) => string;
}

/** Handles the clicks on a button: a click either runs something or shows a modal. */
export type Action<Value, Services = object, Decoded = Value> = Right<Value> & {
  /** The button or menu whose clicks it handles. */
  readonly button: {
    readonly id: string;
    /**
     * Reads the value of the button or the choice of the menu, and the metadata of the modal around it. Both come from
     * outside; undefined if they are not the bot's own.
     */
    readonly decode: (raw: string | undefined, metadata?: string) => Decoded | undefined;
  };
  /** Handles the click. A message answers privately. */
  readonly run?: (
    context: SlackContext<Services> & { readonly value: Value },
  ) => Promise<Message | undefined>;
  readonly modal?: {
    /** At most 24 characters. */
    readonly title: string;
    /** Explains why no modal opens now. Called first, since a new modal closes another of the same person. */
    readonly refuse?: (
      context: SlackContext<Services> & { readonly value: Value },
    ) => Promise<Message | undefined>;
    /**
     * Makes the content of the modal. The modal was opened empty before, since a trigger lives only 3 s. Undefined
     * if a job fills the modal with this id.
     */
    readonly fill: (
      context: SlackContext<Services> & { readonly value: Value; readonly modalId: string },
    ) => Promise<ModalView | Message | undefined>;
  };
};

/** Any action that can run with these services. Takes only values that it has decoded itself. */
export type AnyAction<Services = never> = Action<never, Services, unknown>;

/** Declares an action; its button types the value. */
export const defineAction =
  <Services = object>() =>
  <Value>(action: Action<Value, Services>): Action<Value, Services> =>
    action;

/** A modal that can be submitted. */
export type Modal<Value, Services = object, Decoded = Value> = Right<Value> & {
  readonly callbackId: string;
  /** Reads the inputs and the metadata, which come from outside; undefined if they are not the bot's own. */
  readonly decode: (modal: SubmittedModal) => Decoded | undefined;
  /** Returns the channel that the modal was opened from, kept in its metadata; empty on App Home. */
  readonly channel: (value: Value) => string;
  /** Lists what is wrong with the inputs, by the `block_id` where it is shown; undefined if nothing is. */
  readonly problems?: (
    context: SlackContext<Services> & { readonly value: Value },
  ) => Readonly<Record<string, string>> | undefined;
  /**
   * Lists the options of an input that is searched, named by its `block_id`: only what this person may see. The channel of the
   * actor is the one that the modal was opened from.
   */
  readonly suggest?: (
    context: SlackContext<Services> & { readonly block: string },
  ) => Promise<readonly FormOption[]>;
  /** Handles the submission. A message replaces the modal; without one it closes. */
  readonly run: (context: SlackContext<Services> & { readonly value: Value }) => Promise<Message | undefined>;
};

/** Any modal that can run with these services. Takes only values that it has decoded itself. */
export type AnyModal<Services = never> = Modal<never, Services, unknown>;

/** The fields that are read of a submitted modal. */
export interface SubmittedModal {
  readonly callback_id: string;
  readonly private_metadata: string;
  readonly state: { readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

/** Declares a modal; `decode` types the value. */
export const defineModal =
  <Services = object>() =>
  <Value>(modal: Modal<Value, Services>): Modal<Value, Services> =>
    modal;

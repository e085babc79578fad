import type { ModalView } from '@slack/types';
import type { Logger } from 'pino';
import type { CommandName } from '../config/commands';
import type { Config } from '../config/config';
import type { QueueName } from '../config/env';
import type { Actor } from '../access/access';
import type { Authorizer } from '../access/authorizer';
import type { Enqueued, Request as JobRequest } from '../queue/producer';
import type { Job } from '../queue/define';
import type { Message } from '../render/slack/limits';
import type { Signer } from '../signing/sign';
import type { Approvals } from '../features/approvals/approvals';
import type { Audit } from '../features/audit/audit.store';
import type { Definitions } from '../features/digests/definitions.store';
import type { Mutes } from '../features/mutes/mutes.store';
import type { Recorder } from '../features/audit/recorder';
import type { Reports } from '../features/history/reports.store';
import type { Subscriptions } from '../features/subscriptions/subscriptions.store';
import type { z } from 'zod';

/** One argument of a command, in its place. */
export interface Arg {
  readonly name: string;
  /**
   * `cluster`: a configured cluster. `word`: one word. `rest`: all words that are left, joined by spaces. `words`:
   * the same as a list, for commands with a grammar of their own; what was quoted is one word.
   */
  readonly kind: 'cluster' | 'word' | 'rest' | 'words';
  readonly optional?: true;
}

/** What `run` gets: a text or a list for each argument; for optional ones perhaps none. */
export type ArgsOf<A extends readonly Arg[]> = {
  readonly [S in A[number] as S['name']]:
    | (S extends { readonly kind: 'words' } ? readonly string[] : string)
    | (S extends { readonly optional: true } ? undefined : never);
};

/** A command or click as it arrived: who, where, and how to answer privately. */
export interface Asked {
  /** The request's id, which follows it through queue, Consul and Slack. */
  readonly id: string;
  readonly actor: Actor;
  readonly responseUrl?: string;
  /** When the answer must be on its way at the latest (ms since the epoch). */
  readonly deadline: number;
  readonly log: Logger;
  /** Shows modals to the person; absent where Slack gave no trigger for one. */
  readonly modals?: Modals;
}

/** Opens and fills a modal of the person who acts. */
export interface Modals {
  /** Shows a first view, and gives the id to fill it by; nothing where the trigger has expired. */
  readonly open: (view: ModalView) => Promise<string | undefined>;
  readonly fill: (id: string, view: ModalView) => Promise<void>;
}

/** What listeners work with. Each takes the few that it needs. */
export interface SlackTools {
  readonly config: Config;
  readonly authorizer: Authorizer;
  readonly reports: Reports;
  /** All commands, for help. */
  readonly commands: readonly AnyCommand[];
  /** Queues a job within what is left until the deadline. */
  readonly enqueue: <P extends z.ZodType>(
    job: Job<P>,
    payload: z.input<P>,
    request: JobRequest,
    asked: Pick<Asked, 'deadline'>,
  ) => Promise<Enqueued>;
  /** How many workers take jobs of a queue, as far as Redis says so until the deadline. */
  readonly workers: (queue: QueueName, asked: Pick<Asked, 'deadline'>) => Promise<number | undefined>;
  /** Whether something happens for the first time in so many ms, over all processes as far as Redis answers. */
  readonly isFirst: (what: string, forMs: number) => Promise<boolean>;
  /** Why a check matters, by its id. */
  readonly rationale: (checkId: string) => string | undefined;
  readonly mutes: Mutes;
  /** The ids of all checks. */
  readonly checkIds: readonly string[];
  /** Digests as people made them. */
  readonly digests: Pick<Definitions, 'all'>;
  readonly subscriptions: Subscriptions;
  /** Requests for peering tokens that have not ended, and who may decide about them; absent where none are taken. */
  readonly requests: { readonly open: Approvals['open']; readonly approvers: Authorizer } | undefined;
  /** Notes down who changed what. */
  readonly record: Recorder;
  /** The audit trail, to read; absent where no key is set. */
  readonly trail: Pick<Audit, 'newest'> | undefined;
  /** Seals the jobs about peering tokens; absent where no key is set. */
  readonly signer: Signer | undefined;
}

export interface Command<A extends readonly Arg[] = readonly Arg[]> {
  readonly name: CommandName;
  /** As typed after `/peering`: names in capitals stand for what one fills in, brackets for what may be left out. */
  readonly usage: string;
  /** What it does, in one line of help. */
  readonly summary: string;
  readonly args: A;
  /**
   * Who finds out whether the person may. `listener`: before `run`; where Slack has to be asked, that is done
   * after the acknowledgement, so `run` must not be what queues. `job`: `run` only queues a job whose first step
   * is `refusalOf`, and what can be refused without asking Slack is refused before.
   */
  readonly decidedBy: 'listener' | 'job';
  /** The clusters that the person must have a right to. */
  access(args: ArgsOf<A>): readonly string[];
  /** Does it, quickly. A message answers privately; nothing where a job will answer. */
  run(args: ArgsOf<A>, asked: Asked, tools: SlackTools): Promise<Message | undefined>;
  /**
   * The modal in which its arguments can be filled in, shown where fewer words are given than it needs; `given` are
   * those that there are. A message where there is nothing to fill in.
   */
  form?(given: Partial<ArgsOf<A>>, asked: Asked, tools: SlackTools): ModalView | Message;
}

/** Any command, as the registry holds it. */
export type AnyCommand = Command;

/** A typed identity: the arguments declared type the arguments received. */
export const defineCommand = <const A extends readonly Arg[]>(command: Command<A>): Command<A> => command;

/**
 * What the right to a click or a submission hangs on: either what it is about may be done by whoever may give a
 * command, or a stored request says who may.
 */
type Right<Value> = ByCommand<Value> | ByRequest<Value>;

interface ByCommand<Value> {
  /** The command that it stands for: who may give that may do this. */
  readonly command: CommandName;
  /** The clusters that the person must have a right to. */
  access(value: Value): readonly string[];
  /** As for commands. Default: the listener. */
  readonly decidedBy?: 'listener' | 'job';
}

interface ByRequest<Value> {
  /**
   * The job that it queues decides, by who asked and who may approve. Here only people who may never do anything
   * are refused. `run` must do nothing but queue such a job.
   */
  readonly decidedBy: 'request';
  /** The request's id. */
  request(value: Value): string;
}

/** A button, and what a click on it does: either it runs something, or it shows a modal. */
export type Action<Value = unknown> = Right<Value> & {
  /** Its `action_id`. */
  readonly id: string;
  /**
   * Reads the button's value or the menu's choice, and what the modal around it carries; both come from outside.
   * Undefined where they are not ours.
   */
  decode(value: string | undefined, metadata?: string): Value | undefined;
  /** Does it. A message answers privately. */
  run?(value: Value, asked: Asked, tools: SlackTools): Promise<Message | undefined>;
  readonly modal?: {
    /** At most 24 characters. */
    readonly title: string;
    /** Why none is opened now, asked before: one that is opened takes the place of another of the same person. */
    refuse?(value: Value, asked: Asked, tools: SlackTools): Promise<Message | undefined>;
    /**
     * What the modal shows; it was opened empty before, since a trigger lives only 3 s. Nothing where a job fills
     * the view of this id.
     */
    fill(
      value: Value,
      asked: Asked,
      tools: SlackTools,
      view: string,
    ): Promise<ModalView | Message | undefined>;
  };
};

/** Any button, as the registry holds it. */
export type AnyAction = Action;

/** A typed identity: `decode` types the value. */
export const defineAction = <Value>(action: Action<Value>): Action<Value> => action;

/** A modal that can be submitted. */
export type View<Value = unknown> = Right<Value> & {
  readonly callbackId: string;
  /** Reads its inputs and its metadata, which come from outside; undefined where they are not ours. */
  decode(view: SubmittedView): Value | undefined;
  /** The channel that it was opened from, kept in its metadata; empty where from none, as on App Home. */
  channel(value: Value): string;
  /** What is wrong with its inputs, by the `block_id` where it is shown; undefined where nothing is. */
  problems?(value: Value, asked: Asked, tools: SlackTools): Readonly<Record<string, string>> | undefined;
  /** Does it. A message takes the modal's place; without one it closes. */
  run(value: Value, asked: Asked, tools: SlackTools): Promise<Message | undefined>;
};

/** Any modal, as the registry holds it. */
export type AnyView = View;

/** What is read of a submitted modal. */
export interface SubmittedView {
  readonly callback_id: string;
  readonly private_metadata: string;
  readonly state: { readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

/** A typed identity: `decode` types the value. */
export const defineView = <Value>(view: View<Value>): View<Value> => view;

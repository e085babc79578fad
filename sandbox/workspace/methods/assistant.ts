import { type Fields, isObject, textOf } from '../blocks/schema';
import { type Refusal, refuse } from '../content';
import type { AssistantThread } from '../state';
import { findMessage } from '../state';
import { type Context, type Method, needScope, ok, visibleChannel } from './context';

/** Threads of the assistant view: https://docs.slack.dev/reference/methods?family=assistant.threads */

/** A status ends by itself after this time, in ms. */
const statusMs = 120_000;
const maxPrompts = 4;

const isThread = (found: AssistantThread | Refusal): found is AssistantThread => 'prompts' in found;

const threadOf = (args: Fields, context: Context): AssistantThread | Refusal => {
  const channel = visibleChannel(context, args['channel_id']);
  if (!channel) return refuse('channel_not_found');
  const thread = context.state.assistants.get(textOf(args['thread_ts']));
  return thread?.channel === channel.id ? thread : refuse('invalid_thread_ts');
};

/** Also works in other threads, with either scope. */
const setStatus: Method = (args, context) => {
  const { state } = context;
  const scope = needScope(context, 'assistant:write', 'chat:write');
  if (scope) return scope;
  const channel = visibleChannel(context, args['channel_id']);
  if (!channel) return refuse('channel_not_found');
  const ts = textOf(args['thread_ts']);
  if (!findMessage(state, channel.id, ts)) return refuse('invalid_thread_ts');
  const text = args['status'];
  if (typeof text !== 'string') return refuse('invalid_arguments');
  if (text === '') state.statuses.delete(ts);
  else state.statuses.set(ts, { text, until: state.now() + statusMs });
  state.changed({ kind: 'thread', channel: channel.id });
  return ok();
};

const setTitle: Method = (args, context) => {
  const scope = needScope(context, 'assistant:write');
  if (scope) return scope;
  const thread = threadOf(args, context);
  if (!isThread(thread)) return thread;
  const title = textOf(args['title']);
  if (title === '') return refuse('invalid_arguments');
  thread.title = title;
  context.state.changed({ kind: 'thread', channel: thread.channel });
  return ok();
};

const setSuggestedPrompts: Method = (args, context) => {
  const scope = needScope(context, 'assistant:write');
  if (scope) return scope;
  const thread = threadOf(args, context);
  if (!isThread(thread)) return thread;
  const given = args['prompts'];
  const prompts = (Array.isArray(given) ? given : []).map((prompt: unknown) =>
    isObject(prompt)
      ? { title: textOf(prompt['title']), message: textOf(prompt['message']) }
      : { title: '', message: '' },
  );
  const isSound = prompts.every(({ title, message }) => title !== '' && message !== '');
  if (prompts.length === 0 || prompts.length > maxPrompts || !isSound) return refuse('invalid_arguments');
  thread.prompts = prompts;
  context.state.changed({ kind: 'thread', channel: thread.channel });
  return ok();
};

export const assistantMethods: Readonly<Record<string, Method>> = {
  'assistant.threads.setStatus': setStatus,
  'assistant.threads.setSuggestedPrompts': setSuggestedPrompts,
  'assistant.threads.setTitle': setTitle,
};

import { z } from 'zod';
import type { Fields } from './blocks/schema';
import type { Driver } from './driver';
import { canSee, seesMessage } from './page-data';
import type { PageOffer } from './page-offer';
import { people } from './people';
import { addMessage } from './posting';
import type { State } from './state';

/** Actions of people on the page, as they arrive. */

const value = z.union([z.string(), z.number(), z.array(z.string()), z.null()]);
const values = z.record(z.string(), value);
const user = z.string();

const Act = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('send'),
    user,
    channel: z.string(),
    text: z.string().min(1).max(40_000),
    threadTs: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('click'),
    user,
    anchor: z.string(),
    actionId: z.string(),
    blockId: z.string(),
    value: z.string().optional(),
    selected: z.union([z.string(), z.number(), z.array(z.string())]).optional(),
    values: values.optional(),
  }),
  z.object({
    kind: z.literal('run'),
    user,
    anchor: z.string(),
    cluster: z.string(),
    text: z.string().max(40_000),
  }),
  z.object({ kind: z.literal('assistant'), user, viewed: z.string().nullable() }),
  z.object({ kind: z.literal('submit'), user, values }),
  z.object({ kind: z.literal('close'), user }),
  z.object({ kind: z.literal('home'), user }),
]);
type Act = z.infer<typeof Act>;

/** A mention as people type it, anywhere in a text. */
const typedMention = /(?<![\w@])@peering(?:-bot)?(?![\w-])/g;

const send = async (act: Extract<Act, { kind: 'send' }>, state: State, driver: Driver): Promise<Fields> => {
  if (!canSee(state.channels.get(act.channel), act.user)) return { error: 'channel_not_found' };
  if (state.channels.get(act.channel)?.archived) return { error: 'is_archived' };
  if (!act.text.startsWith('/')) {
    const text = act.text.replace(typedMention, `<@${people.bot.id}>`);
    if (state.channels.get(act.channel)?.kind === 'im')
      await driver.write(act.user, text, act.threadTs ?? undefined);
    else if (text === act.text) await driver.share(act.user, act.channel, text, act.threadTs ?? undefined);
    else await driver.mention(act.user, act.channel, text, act.threadTs ?? undefined);
    return {};
  }
  if (act.threadTs === null) {
    const { error } = await driver.typeCommand(act.user, act.channel, act.text);
    return error ? { error } : {};
  }
  addMessage(state, {
    channel: act.channel,
    user: people.slackbot.id,
    fromBot: false,
    ephemeralTo: act.user,
    threadTs: act.threadTs,
    text: 'Commands do not work in threads. Type the command in the channel.',
    blocks: [],
    attachments: [],
  });
  return {};
};

/** Runs a code block, and says in the thread of its message what came of it: to the one who sees that message, if only they do. */
const run = async (
  { user: who, anchor, cluster, text }: Extract<Act, { kind: 'run' }>,
  state: State,
  runner: PageOffer['runner'],
): Promise<Fields> => {
  const message = [...state.messages.values()].flat().find(({ ts }) => ts === anchor);
  if (!message || !runner?.clusters.includes(cluster) || !seesMessage(state, message, who))
    return { error: 'not understood' };
  const { ephemeralTo } = message;
  addMessage(state, {
    channel: message.channel,
    user: people.slackbot.id,
    fromBot: false,
    ...(ephemeralTo !== undefined && { ephemeralTo }),
    // A private message has no thread.
    threadTs: message.threadTs ?? (ephemeralTo === undefined ? message.ts : undefined),
    text: await runner.run(cluster, text),
    blocks: [],
    attachments: [],
  });
  return {};
};

/** Does it, and answers `{}`, `{ error }`, for a modal `{ errors }` by block, or the new `{ thread }`; undefined where the act makes no sense. */
export const perform = async (
  input: unknown,
  state: State,
  driver: Driver,
  runner?: PageOffer['runner'],
): Promise<Fields | undefined> => {
  const parsed = Act.safeParse(input);
  if (!parsed.success || !state.users.has(parsed.data.user)) return undefined;
  const act = parsed.data;
  switch (act.kind) {
    case 'send':
      return send(act, state, driver);
    case 'click': {
      const { user: who, anchor, actionId, blockId, value: button, selected, values: inputs } = act;
      const { error } = await driver.click(who, anchor, actionId, {
        blockId,
        ...(button !== undefined && { value: button }),
        ...(selected !== undefined && { selected }),
        ...(inputs !== undefined && { values: inputs }),
      });
      return error ? { error } : {};
    }
    case 'run':
      return run(act, state, runner);
    case 'assistant': {
      if (act.viewed !== null && !canSee(state.channels.get(act.viewed), act.user))
        return { error: 'channel_not_found' };
      const { ts } = await driver.openAssistant(act.user, act.viewed ?? undefined);
      return { thread: ts };
    }
    case 'submit': {
      const { error, errors } = await driver.submitView(act.user, act.values);
      return { ...(error ? { error } : {}), ...(errors ? { errors } : {}) };
    }
    case 'close':
      await driver.closeView(act.user);
      return {};
    case 'home':
      break;
  }
  return { error: (await driver.openHome(act.user))?.error };
};

import { createActing, type DriverOptions } from './acting';
import type { Fields } from './blocks/schema';
import type { Delivered } from './delivery';
import { createAssistant } from './assistant';
import { createEvents } from './events';
import type { Values } from './input';
import { createInteracting } from './interacting';
import type { Message } from './model';
import { createSpeaking } from './speaking';
import type { AssistantThread } from './state';

/** Acts as people in the workspace. Mistakes of the caller, such as an unknown button, throw. */

/** Names the surface of a click: a message's timestamp, `modal` for the topmost one, `home` for the Home tab. */
type Anchor = string;

interface ClickOptions {
  /** Tells elements with the same `action_id` apart. */
  readonly blockId?: string;
  /** Tells buttons with the same `action_id` apart. */
  readonly value?: string;
  /** The choice in a menu: the value of an option, an id, a date; a list for multi-selects. */
  readonly selected?: string | number | readonly string[];
  /** Values of the modal's inputs at that moment. */
  readonly values?: Values;
  /** Overrides fields of the action, as no honest client would. */
  readonly tamper?: Fields;
}

interface Submitted extends Partial<Delivered> {
  /** Errors by `block_id`, from the dialog itself (nothing was delivered) or from the app. */
  readonly errors?: Readonly<Record<string, string>>;
}

/** A file that a person attaches to a message. */
interface AttachedFile {
  readonly name: string;
  readonly text: string;
}

export interface Driver {
  /** Types `/command text` into a conversation. */
  readonly typeCommand: (user: string, channel: string, line: string) => Promise<Delivered>;
  /** Says something as a person, with files attached. */
  readonly say: (
    user: string,
    channel: string,
    text: string,
    threadTs?: string,
    files?: readonly AttachedFile[],
  ) => Message;
  /** Says something, and tells the app of its links. Undefined if the app is not notified. */
  readonly share: (
    user: string,
    channel: string,
    text: string,
    threadTs?: string,
  ) => Promise<Delivered | undefined>;
  /** Writes something with links, without posting it. Undefined if the app is not notified. */
  readonly compose: (user: string, text: string) => Promise<Delivered | undefined>;
  /** Presses a button or chooses from a menu. */
  readonly click: (
    user: string,
    anchor: Anchor,
    actionId: string,
    options?: ClickOptions,
  ) => Promise<Delivered>;
  /** Submits the topmost modal. */
  readonly submitView: (user: string, values?: Values) => Promise<Submitted>;
  /** Closes the topmost modal, and sends `view_closed` if the app requested it. */
  readonly closeView: (user: string) => Promise<Delivered | undefined>;
  /** Says something that mentions the app, at its beginning if the words do not. Undefined if the app is not notified. */
  readonly mention: (
    user: string,
    channel: string,
    words: string,
    threadTs?: string,
    files?: readonly AttachedFile[],
  ) => Promise<Delivered | undefined>;
  /** Chooses a shortcut of the app: one of the workspace, or of the message with this timestamp. */
  readonly useShortcut: (user: string, callbackId: string, messageTs?: string) => Promise<Delivered>;
  /** Opens a thread of the assistant view, beside a channel if one is given. */
  readonly openAssistant: (user: string, viewed?: string) => Promise<AssistantThread>;
  /** Looks at another channel beside the assistant view. Undefined if the app is not notified. */
  readonly viewChannel: (thread: AssistantThread, viewed: string) => Promise<Delivered | undefined>;
  /** Writes to the app, in their own conversation. Undefined if the app is not notified. */
  readonly write: (
    user: string,
    text: string,
    threadTs?: string,
    files?: readonly AttachedFile[],
  ) => Promise<Delivered | undefined>;
  /** Opens the app's Home tab. */
  readonly openHome: (user: string) => Promise<Delivered | undefined>;
  /** Delivers an event, with Slack's retries; resolves to the first try. */
  readonly sendEvent: (event: Fields) => Promise<Delivered>;
}

export const createDriver = (options: DriverOptions): Driver => {
  const acting = createActing(options);
  const speaking = createSpeaking(acting);
  const events = createEvents(acting, speaking);
  return {
    ...speaking,
    ...createInteracting(acting),
    ...events,
    ...createAssistant(acting, { ...speaking, ...events }),
  };
};

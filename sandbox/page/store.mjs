// The state of the page, and the functions that run when it changes.

/** @import { Everything, Message, Lookup, Person } from './types.d.mts' */

/** @type {Everything} */
const nothing = {
  team: '',
  me: '',
  bot: '',
  direct: '',
  people: [],
  groups: [],
  channels: [],
  messages: [],
  views: [],
  home: null,
  threads: [],
  hasAssistant: false,
  commands: [],
  suggestions: [],
  notice: '',
  runsOn: [],
};

export const store = {
  all: nothing,
  /** A channel's id, or `home`. */
  where: '',
  /** The first message of the thread that is open beside the channel. */
  thread: /** @type {string | null} */ (null),
  /** Conversations with unread messages. */
  unread: /** @type {Map<string, number>} */ (new Map()),
  online: false,
  /** Open parts of messages, kept over edits. */
  open: /** @type {Map<string, boolean>} */ (new Map()),
};

/** @param {string} id @returns {Person | undefined} */
export const person = (id) => store.all.people.find((one) => one.id === id);

export const me = () => person(store.all.me);

/** @param {string} id */
export const channel = (id) => store.all.channels.find((one) => one.id === id);

/** @returns {Lookup} */
export const lookup = () => ({
  tz: me()?.tz ?? 'UTC',
  personName: (id) => person(id)?.realName ?? id,
  groupName: (id) => store.all.groups.find((group) => group.id === id)?.handle ?? id,
  channelName: (id) => channel(id)?.name ?? id,
  people: () => store.all.people.filter((one) => one.role !== 'app'),
  channels: () => store.all.channels.filter((one) => one.kind !== 'im'),
});

/** Returns the messages in a channel itself. @param {string} id @returns {Message[]} */
export const channelMessages = (id) =>
  store.all.messages.filter(
    (message) => message.channel === id && (message.threadTs === null || message.broadcast),
  );

/** @param {string} ts @returns {Message[]} */
export const replies = (ts) =>
  store.all.messages.filter((message) => message.threadTs === ts && message.ts !== ts);

/** @param {string} ts */
export const messageAt = (ts) => store.all.messages.find((message) => message.ts === ts);

/** Returns what the app says about the thread of a message. @param {string | null} ts */
export const threadState = (ts) => store.all.threads.find((one) => one.ts === ts);

/** Takes a message in, new or edited; true where it is new. @param {Message} message */
export const putMessage = (message) => {
  const index = store.all.messages.findIndex(
    (one) => one.ts === message.ts && one.channel === message.channel,
  );
  if (index >= 0) store.all.messages[index] = message;
  else store.all.messages.push(message);
  return index < 0;
};

/** @param {string} key */
export const remembered = (key) => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};

/** @param {string} key @param {string} value */
export const remember = (key, value) => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
};

/** Data that the server sends and the page keeps. `Block` is Block Kit's JSON, checked by the workspace before it gets here. */

// biome-ignore lint/suspicious/noExplicitAny: Block Kit is a large open union; the server has validated it.
// oxlint-disable-next-line typescript/no-explicit-any
export type Block = Record<string, any>;

export interface Person {
  id: string;
  name: string;
  realName: string;
  tz: string;
  role: string;
}

export interface Channel {
  id: string;
  name: string;
  kind: 'public' | 'private' | 'im';
  shared: boolean;
  archived: boolean;
  members: number;
}

export interface Message {
  channel: string;
  ts: string;
  user: string;
  text: string;
  blocks: Block[];
  attachments: Block[];
  threadTs: string | null;
  broadcast: boolean;
  edited: boolean;
  ephemeral: boolean;
  files: { id: string; name: string; title: string; length: number }[];
}

export interface View extends Block {
  id: string;
  hash: string;
  blocks: Block[];
}

/** The title, prompts and status that the app sets for a thread. */
export interface ThreadState {
  ts: string;
  /** Set for threads of the assistant view. */
  isAssistant: boolean;
  title: string;
  prompts: { title: string; message: string }[];
  /** Empty without one. */
  status: string;
}

export interface Everything {
  team: string;
  me: string;
  bot: string;
  direct: string;
  people: Person[];
  groups: { id: string; handle: string }[];
  channels: Channel[];
  messages: Message[];
  views: View[];
  home: Block | null;
  threads: ThreadState[];
  /** Set if the app has an assistant view. */
  hasAssistant: boolean;
  commands: { command: string; description: string; usageHint: string }[];
  suggestions: string[];
  notice: string;
  /** Clusters on which code blocks can be run. */
  runsOn: string[];
}

export type Value = string | number | string[] | null;

/** The surroundings of rendered blocks. */
export interface Anchor {
  /** A message's timestamp, `modal` or `home`. */
  at: string;
  lookup: Lookup;
  /** Presses or chooses; resolves when the app has answered. */
  act: (blockId: string, element: Block, selected?: Value) => Promise<void>;
  /** Which collapsible parts are open, kept over edits: by message and position. */
  open: Map<string, boolean>;
  /** Values of inputs, by `block_id/action_id`; only modals collect them. */
  values: Map<string, Value>;
}

export interface Lookup {
  tz: string;
  personName: (id: string) => string;
  groupName: (id: string) => string;
  channelName: (id: string) => string;
  people: () => Person[];
  channels: () => Channel[];
  /** The code blocks of the message that can be run, each with the text before it; absent where none can. */
  runs?:
    | ((code: string, before: string) => { cluster: string; run: () => Promise<void> } | undefined)
    | undefined;
}

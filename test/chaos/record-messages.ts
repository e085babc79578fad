import type { Workspace } from '../../sandbox/workspace/workspace';
import type { Change } from '../../sandbox/workspace/state';

/** A message of the bot, with everything that it ever said. */
export interface RecordedMessage {
  readonly channel: string;
  readonly ts: string;
  /** Set where only this person sees it. */
  readonly ephemeralTo: string | undefined;
  readonly threadTs: string | undefined;
  /** The name in its metadata, or `file of` its thread; empty if it has none. */
  readonly name: string;
  /** Its texts with the time in ms since the epoch, oldest first. */
  readonly texts: { readonly at: number; readonly text: string }[];
  /** Their contents are empty once they were compared. */
  readonly files: { content: string }[];
  deleted: boolean;
}

export interface MessageRecorder {
  readonly all: () => readonly RecordedMessage[];
  /** Forgets all but the last text of messages from before a time (ms since the epoch). */
  readonly shorten: (before: number) => void;
  /** The time of the last change, in ms since the epoch. */
  readonly changedAt: () => number;
  readonly stop: () => void;
}

/** Names the file of an answer, which Slack gives no metadata: a thread has one at most. */
export const fileName = (threadTs: string | undefined): string => `file of ${threadTs ?? ''}`;

/** Records what the workspace shows, as people could have read it. */
export const recordMessages = (slack: Workspace): MessageRecorder => {
  const recorded = new Map<string, RecordedMessage>();
  let changedAt = Date.now();
  const note = (change: Change): void => {
    if (change.kind === 'deleted') {
      const gone = recorded.get(`${change.channel}/${change.ts}`);
      if (gone) gone.deleted = true;
      changedAt = Date.now();
    }
    if (change.kind !== 'message' || !change.message.fromBot) return;
    const { channel, ts, ephemeralTo, threadTs, metadata, text, blocks, files } = change.message;
    changedAt = Date.now();
    const key = `${channel}/${ts}`;
    const name = metadata?.event_payload['name'] ?? (files.length > 0 ? fileName(threadTs) : '');
    const known = recorded.get(key) ?? {
      channel,
      ts,
      ephemeralTo,
      threadTs,
      name: typeof name === 'string' ? name : '',
      texts: [],
      files: files.map(({ content }) => ({ content: content?.toString() ?? '' })),
      deleted: false,
    };
    // The people whom it mentions are in its blocks.
    known.texts.push({ at: changedAt, text: `${text}\n${JSON.stringify(blocks)}` });
    recorded.set(key, known);
  };
  slack.state.changes.on('change', note);
  return {
    all: () => [...recorded.values()],
    shorten: (before) => {
      for (const { texts, files } of recorded.values()) {
        const last = texts.at(-1);
        if (last === undefined || last.at >= before) continue;
        texts.splice(0, texts.length, { at: last.at, text: last.text.split('\n', 1)[0] ?? '' });
        for (const file of files) file.content = '';
      }
    },
    changedAt: () => changedAt,
    stop: () => void slack.state.changes.off('change', note),
  };
};

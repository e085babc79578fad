import { randomUUID } from 'node:crypto';
import { type DigestStyle, renderDigest } from './digest.message';
import type { DigestContent } from './digest-content';
import { digestThread } from './thread.message';
import { type Message, messageRoom } from '../../render/slack/limits';
import type { MessageRef } from '../../slack/api/message-ref';
import type { JobRun } from '../../queue/define';
import { type SlackAnswer, wantsPlainer } from '../../slack/api/call';
import { failure, success } from '../../result';
import type { DigestServices } from './services';

/** Styles from the richest to the one that every workspace accepts, as for the report of a check. */
const styles: readonly DigestStyle[] = [
  { blocks: 'rich' },
  { blocks: 'basic' },
  { blocks: 'basic', messageText: 3000 },
];
const threadRooms = [messageRoom, { ...messageRoom, text: 3000 }];

/** Longer than one message takes with its second try, in ms. */
const lockMs = 20_000;
/** If the rate limiter demands a longer wait, the run goes back to the queue. */
const patienceMs = 250;

type Context = Pick<DigestServices, 'poster' | 'digestRuns'> &
  Pick<JobRun, 'id' | 'since' | 'signal' | 'isHeld' | 'log'>;

/**
 * Posts a run: one message, its findings in the thread, and a file if these cannot hold everything. Each part has its own
 * name, so a repeat adds only missing ones; and only one process at a time posts a run.
 */
export const postDigest = async (
  { channel, content }: { readonly channel: string; readonly content: DigestContent },
  context: Context,
): Promise<SlackAnswer<unknown>> => {
  const { id, signal, isHeld, digestRuns: runs } = context;
  const holder = randomUUID();
  const withLock = async <T>(post: () => Promise<SlackAnswer<T>>): Promise<SlackAnswer<T>> => {
    if (signal.aborted || (await isHeld?.()) === false) return failure({ kind: 'lost', reason: 'aborted' });
    return (await runs.acquireLock(id, holder, lockMs))
      ? post()
      : failure({ kind: 'rate-limited', retryAfterMs: lockMs / 10 });
  };
  try {
    return await postParts(channel, content, context, withLock);
  } finally {
    await runs.releaseLock(id, holder);
  }
};

type WithLock = <T>(post: () => Promise<SlackAnswer<T>>) => Promise<SlackAnswer<T>>;

const postParts = async (
  channel: string,
  content: DigestContent,
  { id, since: queued, log, poster }: Context,
  withLock: WithLock,
): Promise<SlackAnswer<unknown>> => {
  // A run whose record Redis has lost, for example after a restore from an older copy, is queued again later.
  const since = Math.min(queued, Date.parse(content.planned));
  const there = await poster.isThere({ channel, name: id, since });
  if (!there.ok) return there;
  const mayBeThere = there.value;
  const post = (name: string, message: Message, thread?: string): Promise<SlackAnswer<MessageRef>> =>
    withLock(() =>
      poster.post(
        thread === undefined
          ? { channel, name, since, mayBeThere, patienceMs }
          : { channel, name, since, mayBeThere, thread },
        message,
      ),
    );

  let first: SlackAnswer<MessageRef> | undefined;
  for (const style of styles) {
    first = await post(id, renderDigest(content, style));
    if (!wantsPlainer(first)) break;
    log.warn({ style }, 'Slack refused the blocks, trying a plainer rendering');
  }
  if (!first?.ok) return first ?? failure({ kind: 'lost', reason: 'nothing was posted' });
  const { ts: thread } = first.value;
  for (const [size, room] of threadRooms.entries()) {
    const answer = await postThread(digestThread(content, room).messages, (message, at) =>
      post(`${id}/${size}/${at}`, message, thread),
    );
    if (answer.ok) break;
    if (!wantsPlainer(answer) || size === threadRooms.length - 1) return answer;
  }

  const { file } = renderDigest(content, { blocks: 'rich' });
  if (file === undefined) return first;
  const { name: filename, title } = file;
  const target = { channel, thread, name: `${id}/file`, since, mayBeThere };
  const attached = await withLock(() => poster.attach(target, { filename, title, content: file.content }));
  // The digest is complete enough without its file, which some workspaces refuse.
  if (attached.ok || attached.error.kind !== 'refused') return attached;
  log.warn({ code: attached.error.code }, 'Slack refused the file');
  return first;
};

const postThread = async (
  messages: readonly Message[],
  post: (message: Message, at: number) => Promise<SlackAnswer<MessageRef>>,
): Promise<SlackAnswer<unknown>> => {
  for (const [at, message] of messages.entries()) {
    const answer = await post(message, at);
    if (!answer.ok) return answer;
  }
  return success(undefined);
};

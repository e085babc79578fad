import { failureWords } from '../../src/render/failure';
import type { RecordedMessage } from './record-messages';
import type { ProxiedCall } from './slack-proxy';
import { compareThread } from './threads';

/** A command that a person typed, and what came back at once. */
export interface MadeRequest {
  readonly user: string;
  readonly channel: string;
  readonly cluster: string;
  readonly at: number;
  /** Slack's code where the bot did not acknowledge. */
  readonly error: string | undefined;
  /** The text of the acknowledgement; empty where an answer is to follow. */
  readonly acknowledged: string;
  /** The id in the bot's log; undefined where it never got the request. */
  readonly id: string | undefined;
  /** Its answer cannot be a report. */
  readonly stalled: boolean;
  /** The bot that took it was killed: it cannot correct an acknowledgement that was not sure. */
  readonly botKilled: boolean;
}

/** A digest that came due, the only one of its channel. */
export interface DueDigest {
  readonly id: string;
  readonly channel: string;
  readonly clusters: readonly string[];
  readonly at: number;
}

/** Channels that digests alone are posted to. */
export const digestChannel = (index: number): string => `C9DIGEST${String(index).padStart(4, '0')}`;
const isDigestChannel = (channel: string): boolean => channel.startsWith('C9DIGEST');

export interface Observed {
  readonly messages: readonly RecordedMessage[];
  readonly calls: readonly ProxiedCall[];
  /** First line of the right answer, by cluster. */
  readonly right: ReadonlyMap<string, string>;
  /** Contents of the replies and files of the right answer, by cluster. */
  readonly rightThreads: ReadonlyMap<string, readonly string[]>;
  /** Contents in the thread of a right digest of one cluster of each side; undefined: not compared. */
  readonly rightDigestThread: readonly string[] | undefined;
}

export interface Outcome {
  readonly accepted: number;
  /** Requests that the bot did not acknowledge in Slack's 3 s: Slack told the person so. */
  readonly unacknowledged: number;
  /** Answers that say, truly on a busy machine, that a cluster could not be read or not evaluated in full. */
  readonly unread: number;
  readonly lost: number;
  readonly stuck: number;
  readonly doubled: number;
  /** Doubled posts that the bot could not have known of. */
  readonly unavoidable: number;
  readonly untrue: number;
  /** Requests that were said not to be confirmed, by a bot that was killed before it knew more, and that nothing answered. */
  readonly unconfirmed: number;
  /** Times from request to answer, in ms, ascending. */
  readonly answerMs: readonly number[];
  /** One line for each request that went wrong. */
  readonly problems: readonly string[];
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
const lastText = ({ texts }: RecordedMessage): string => texts.at(-1)?.text ?? '';

/** Messages that show something running begin so. */
const isProgress = (text: string): boolean => text.startsWith('⏳');
const isUnsure = (text: string): boolean => /not confirmed/i.test(text);
const isInternalError = (text: string): boolean => /internal error/i.test(firstLine(text));
/** Corrects an acknowledgement that was not sure: nothing was queued. */
const isCorrection = (text: string): boolean =>
  firstLine(text)
    .toLowerCase()
    .includes(failureWords({ kind: 'queue-lost' }).what.toLowerCase());
const isUnread = (text: string): boolean => /could not be (read|evaluated)/i.test(firstLine(text));

/** Calls that make a message. */
const posting: ReadonlySet<string> = new Set(['chat.postMessage', 'files.completeUploadExternal']);

/**
 * Tells whether the bot could not have known of the first post when it sent the second: Slack had not done it yet, or
 * its reply was lost and the history could not be read either.
 */
const isUnavoidable = (name: string, channel: string, calls: readonly ProxiedCall[]): boolean => {
  const posts = calls
    .filter((call) => posting.has(call.what) && call.name === name && call.doneAt !== undefined)
    .toSorted((a, b) => a.at - b.at);
  const reads = calls.filter(
    (call) =>
      (call.what === 'conversations.history' || call.what === 'conversations.replies') &&
      call.channel === channel,
  );
  const isUnknown = ({ doneAt = 0, answeredAt }: ProxiedCall, second: ProxiedCall): boolean => {
    if (answeredAt !== undefined && answeredAt <= second.at) return false;
    if (doneAt > second.at) return true;
    const between = reads.filter(({ at }) => at >= doneAt && at <= second.at);
    return between.length > 0 && between.every((read) => read.answeredAt === undefined);
  };
  return (
    posts.length > 1 &&
    posts.slice(1).every((second, index) => {
      const first = posts[index];
      return first !== undefined && isUnknown(first, second);
    })
  );
};

interface Doubles {
  readonly doubled: readonly RecordedMessage[];
  readonly unavoidable: readonly RecordedMessage[];
}

/** Messages beyond the first of each name. */
const findDoubles = (
  { messages, calls }: Pick<Observed, 'messages' | 'calls'>,
  isIn: (channel: string) => boolean = () => true,
): Doubles => {
  const seen = new Set<string>();
  const doubled: RecordedMessage[] = [];
  const unavoidable: RecordedMessage[] = [];
  for (const message of messages) {
    if (message.deleted || message.name === '' || !isIn(message.channel)) continue;
    const key = `${message.channel}/${message.name}`;
    if (!seen.has(key)) seen.add(key);
    else if (isUnavoidable(message.name, message.channel, calls)) unavoidable.push(message);
    else doubled.push(message);
  }
  return { doubled, unavoidable };
};

/** Tells whether a message answers a request. The name in its metadata is the request's id; people are mentioned. */
const answers = (message: RecordedMessage, { id, user, channel, acknowledged }: MadeRequest): boolean => {
  if (message.deleted || message.threadTs !== undefined) return false;
  const own = message.ephemeralTo === user || message.channel === `D${user.slice(1)}`;
  if (own) return acknowledged === '' || !lastText(message).startsWith(acknowledged);
  if (message.channel !== channel || message.ephemeralTo !== undefined) return false;
  const named = id !== undefined && (message.name === id || message.name.startsWith(`${id}/`));
  return named || message.texts.some(({ text }) => text.includes(`<@${user}>`));
};

/** Returns why a last text is not true; undefined where it is. */
const untrueBecause = (text: string, request: MadeRequest, right: Observed['right']): string | undefined => {
  if (isInternalError(text)) return 'reports an internal error';
  if (isUnread(text)) return undefined;
  if (request.stalled) return 'reports on a cluster that never answered';
  const expected = right.get(request.cluster);
  return expected === undefined || firstLine(text) === expected
    ? undefined
    : 'differs from the answer without faults';
};

/** Splits private messages into those that say something new, and repeats of which the bot could not have known. */
const withoutRepeats = (messages: readonly RecordedMessage[], calls: readonly ProxiedCall[]) => {
  const lost = calls.filter(
    ({ what, doneAt, answeredAt }) =>
      what === 'response_url' && doneAt !== undefined && answeredAt === undefined,
  );
  const isLost = ({ texts: [first] }: RecordedMessage): boolean =>
    lost.some(({ doneAt = 0 }) => Math.abs(doneAt - (first?.at ?? 0)) < 1000);
  const isRepeat = (message: RecordedMessage, index: number): boolean =>
    message.ephemeralTo !== undefined || message.name.endsWith('/private')
      ? messages
          .slice(0, index)
          .some((before) => isLost(before) && firstLine(lastText(before)) === firstLine(lastText(message)))
      : false;
  return {
    first: messages.filter((message, index) => !isRepeat(message, index)),
    repeats: messages.filter(isRepeat),
  };
};

/** Compares the threads of answers in the channel; one that could not read all of the cluster has another. */
const evaluateThread = (
  ended: readonly RecordedMessage[],
  { cluster }: MadeRequest,
  { messages, right, rightThreads }: Observed,
) => {
  const thread = rightThreads.get(cluster);
  const complete = ended.find(
    (message) =>
      message.ephemeralTo === undefined &&
      !message.channel.startsWith('D') &&
      firstLine(lastText(message)) === right.get(cluster),
  );
  return thread === undefined || complete === undefined
    ? { missing: 0, repeated: 0, wrong: 0 }
    : compareThread(complete, messages, thread);
};

const evaluateOne = (request: MadeRequest, observed: Observed) => {
  const { messages, calls, right } = observed;
  const all = messages.filter((message) => answers(message, request));
  const corrected = isUnsure(request.acknowledged) && all.some((message) => isCorrection(lastText(message)));
  const own = all.filter((message) => !corrected || !isCorrection(lastText(message)));
  const stuck = own.filter((message) => isProgress(lastText(message)));
  const { first: ended, repeats } = withoutRepeats(
    own.filter((message) => !isProgress(lastText(message))),
    calls,
  );
  const refused = (request.acknowledged !== '' && !isUnsure(request.acknowledged)) || corrected;
  const unconfirmed = isUnsure(request.acknowledged) && request.botKilled && all.length === 0;
  const accepted = request.error === undefined && !refused && !unconfirmed;
  const names = new Set(ended.map((message) => message.name || message.ts));
  const untrue =
    refused && own.length > 0
      ? `was refused (${firstLine(request.acknowledged)}) and answered`
      : ended.flatMap((message) => untrueBecause(lastText(message), request, right) ?? [])[0];
  const thread = evaluateThread(ended, request, observed);
  return {
    accepted,
    unconfirmed,
    lost: accepted && (own.length === 0 || thread.missing > 0),
    stuck: stuck.length > 0,
    // One name twice is counted by name.
    doubled: (!refused && names.size > 1) || thread.repeated > 0,
    repeats: repeats.length,
    untrue:
      untrue ?? (thread.wrong > 0 ? 'has a thread that differs from the one without faults' : undefined),
    unread: !request.stalled && ended.some((message) => isUnread(lastText(message))),
    answerMs: ended[0]?.texts.at(-1)?.at,
    texts: own.map((message) => `${message.channel} ${firstLine(lastText(message))}`),
  };
};

/** Counts what became of commands. */
export const evaluateRequests = (requests: readonly MadeRequest[], observed: Observed): Outcome => {
  const rows = requests.map((request) => ({ request, ...evaluateOne(request, observed) }));
  const doubles = findDoubles(observed, (channel) => !isDigestChannel(channel));
  const problems = rows.flatMap(({ request, lost, stuck, doubled, untrue, texts }) => {
    const words = [lost && 'lost', stuck && 'stuck', doubled && 'doubled', untrue].filter(Boolean).join(', ');
    return words === ''
      ? []
      : [
          `${request.user} ${request.id ?? 'unseen'}: ${words}${texts.map((text) => `\n      ${text}`).join('')}`,
        ];
  });
  return {
    accepted: rows.filter(({ accepted }) => accepted).length,
    unconfirmed: rows.filter(({ unconfirmed }) => unconfirmed).length,
    unacknowledged: requests.filter(({ error }) => error !== undefined).length,
    unread: rows.filter(({ unread }) => unread).length,
    lost: rows.filter(({ lost }) => lost).length,
    stuck: rows.filter(({ stuck }) => stuck).length,
    doubled: rows.filter(({ doubled }) => doubled).length + doubles.doubled.length,
    unavoidable: doubles.unavoidable.length + rows.reduce((sum, { repeats }) => sum + repeats, 0),
    untrue: rows.filter(({ untrue }) => untrue !== undefined).length,
    answerMs: rows
      .flatMap(({ answerMs, request }) =>
        answerMs === undefined || request.stalled ? [] : [answerMs - request.at],
      )
      .toSorted((a, b) => a - b),
    problems: [...problems, ...describeDoubles(doubles)],
  };
};

const describeDoubles = ({ doubled, unavoidable }: Doubles): readonly string[] => [
  ...doubled.map(({ channel, name }) => `${name}: posted again in ${channel}`),
  ...unavoidable.map(({ channel, name }) => `${name}: posted again in ${channel}, unavoidable`),
];

const verdictIcons = /[🟢🟡🔴⚪]/u;

/** Returns why the summary of a digest is not true; undefined where it is, or where a cluster could not be read. */
const digestUntrueBecause = (
  text: string,
  { clusters }: DueDigest,
  right: Observed['right'],
): string | undefined => {
  if (/\bruns? before this w\w+ skipped\b/.test(text)) return 'says that a run was skipped';
  const left = clusters.flatMap((cluster) => verdictIcons.exec(right.get(cluster) ?? '') ?? []);
  const summary = firstLine(text).slice(firstLine(text).indexOf(':'));
  for (const [, count, icon = ''] of summary.matchAll(/(\d+) ([🟢🟡🔴])/gu)) {
    for (let found = 0; found < Number(count); found++) {
      const at = left.indexOf(icon);
      if (at < 0) return `says ${icon}, unlike answers without faults`;
      left.splice(at, 1);
    }
  }
  return left.length === 0 || isUnreadDigest(text) ? undefined : 'leaves out a cluster';
};

const isUnreadDigest = (text: string): boolean => /could not be read|⚪/.test(firstLine(text));

/** Counts what became of digests that came due. */
export const evaluateDigests = (digests: readonly DueDigest[], observed: Observed): Outcome => {
  const channels = new Set(digests.map(({ channel }) => channel));
  const doubles = findDoubles(observed, (channel) => channels.has(channel));
  const rows = digests.map((digest) => {
    const posts = observed.messages.filter(
      ({ channel, threadTs, deleted }) => channel === digest.channel && threadTs === undefined && !deleted,
    );
    const [post] = posts;
    const thread =
      post === undefined || observed.rightDigestThread === undefined || isUnreadDigest(lastText(post))
        ? undefined
        : compareThread(post, observed.messages, observed.rightDigestThread);
    return { digest, posts, thread, names: new Set(posts.map(({ name, ts }) => name || ts)) };
  });
  const lost = rows.filter(({ posts, thread }) => posts.length === 0 || (thread?.missing ?? 0) > 0);
  const more = rows.filter(({ names, thread }) => names.size > 1 || (thread?.repeated ?? 0) > 0);
  const untrue = rows.flatMap(({ digest, posts, thread }) => {
    // The thread says why a cluster could not be read.
    const failed = observed.messages.some(
      (message) => message.channel === digest.channel && /internal error/i.test(lastText(message)),
    );
    const reasons = posts.map(
      (post) =>
        [
          post,
          failed
            ? 'reports an internal error'
            : (digestUntrueBecause(lastText(post), digest, observed.right) ??
              ((thread?.wrong ?? 0) > 0
                ? 'has a thread that differs from the one without faults'
                : undefined)),
        ] as const,
    );
    return reasons.flatMap(([post, why]) =>
      why === undefined ? [] : [{ digest, why, text: firstLine(lastText(post)) }],
    );
  });
  return {
    accepted: digests.length,
    unacknowledged: 0,
    unconfirmed: 0,
    unread: rows.filter(({ posts }) => posts.some((post) => isUnreadDigest(lastText(post)))).length,
    lost: lost.length,
    stuck: 0,
    doubled: more.length + doubles.doubled.length,
    unavoidable: doubles.unavoidable.length,
    untrue: untrue.length,
    answerMs: rows
      .flatMap(({ posts, digest }) => (posts[0]?.texts[0] ? [posts[0].texts[0].at - digest.at] : []))
      .toSorted((a, b) => a - b),
    problems: [
      ...lost.map(({ digest }) => `digest ${digest.id} in ${digest.channel}: lost`),
      ...more.map(
        ({ digest, names }) => `digest ${digest.id} in ${digest.channel}: ${[...names].join(', ')}`,
      ),
      ...untrue.map(
        ({ digest, why, text }) => `digest ${digest.id} in ${digest.channel}: ${why}\n      ${text}`,
      ),
      ...describeDoubles(doubles),
    ],
  };
};

/** Reads all messages once more, long after their requests: late calls may have changed them. */
export const evaluateAll = (
  observed: Pick<Observed, 'messages' | 'calls'>,
): Pick<Outcome, 'stuck' | 'doubled' | 'unavoidable' | 'problems'> => {
  const doubles = findDoubles(observed);
  const stuck = observed.messages.filter(
    (message) => !message.deleted && message.threadTs === undefined && isProgress(lastText(message)),
  );
  return {
    // The acknowledgement of a request that was not confirmed stays as it is.
    stuck: stuck.filter((message) => message.ephemeralTo === undefined).length,
    doubled: doubles.doubled.length,
    unavoidable: doubles.unavoidable.length,
    problems: describeDoubles(doubles),
  };
};

/** Adds up outcomes of the same time. */
export const addOutcomes = (outcomes: readonly Outcome[]): Outcome => {
  const sum = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return {
    accepted: sum(({ accepted }) => accepted),
    unacknowledged: sum(({ unacknowledged }) => unacknowledged),
    unconfirmed: sum(({ unconfirmed }) => unconfirmed),
    unread: sum(({ unread }) => unread),
    lost: sum(({ lost }) => lost),
    stuck: sum(({ stuck }) => stuck),
    doubled: sum(({ doubled }) => doubled),
    unavoidable: sum(({ unavoidable }) => unavoidable),
    untrue: sum(({ untrue }) => untrue),
    answerMs: outcomes.flatMap(({ answerMs }) => answerMs).toSorted((a, b) => a - b),
    problems: outcomes.flatMap(({ problems }) => problems),
  };
};

/** Returns true where nothing went wrong that the bot can avoid. */
export const isClean = ({ lost, stuck, doubled, untrue }: Outcome): boolean =>
  lost + stuck + doubled + untrue === 0;

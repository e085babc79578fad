import type { RecordedMessage } from './record-messages';

/** Compares replies and files in the thread of an answer with those of an answer without faults. */

/** Everything in a text that differs from one right answer to the next: ids, people, times, and the cluster's name. */
const variable: readonly (readonly [RegExp, string | ((found: string) => string)])[] = [
  [/,?"block_id":"[^"]*"/g, ''],
  [/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/g, 'REQUEST'],
  [/\bdigest-\w{4}-\d+\b/g, 'RUN'],
  [/\bdigest \w{4}\b/g, 'DIGEST'],
  [/\bU9CHAOS\d{5}\b/g, 'PERSON'],
  [/<!date\^\d+/g, '<!date^TIME'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z| UTC)?/g, 'TIME'],
  [/\b\d+(\.\d)? m?s\b/g, 'DURATION'],
  // All clusters are two real ones.
  [/\bc\d{3}\b/g, (name) => (Number(name.slice(1)) % 2 === 0 ? 'EVEN' : 'ODD')],
];

const normalized = new WeakMap<RecordedMessage, { readonly from: string; readonly text: string }>();

/** The content of a reply or of its files, without what differs from one right answer to the next. */
const contentOf = (message: RecordedMessage): string => {
  const last = message.texts.at(-1)?.text ?? '';
  const from = message.files.length === 0 ? last : message.files.map(({ content }) => content).join('\n');
  const known = normalized.get(message);
  if (known?.from === from) return known.text;
  const replaced = variable.reduce((text, [pattern, by]) => {
    // The two kinds of replacements are two overloads.
    return typeof by === 'string' ? text.replace(pattern, by) : text.replace(pattern, by);
  }, from);
  // A digest lists clusters of one state by their names.
  const parts = message.files.length === 0 ? replaced.split('},{') : replaced.split('\n');
  const text = parts.toSorted().join('\n');
  normalized.set(message, { from, text });
  return text;
};

/** Returns the contents of the replies to a message, and of the files among them. */
export const threadOf = (
  { channel, ts }: Pick<RecordedMessage, 'channel' | 'ts'>,
  messages: readonly RecordedMessage[],
): readonly string[] => repliesTo({ channel, ts }, messages).map(contentOf);

const repliesTo = (
  { channel, ts }: Pick<RecordedMessage, 'channel' | 'ts'>,
  messages: readonly RecordedMessage[],
): readonly RecordedMessage[] =>
  messages.filter((message) => message.channel === channel && message.threadTs === ts && !message.deleted);

interface ThreadProblems {
  /** Number of replies and files that are not there. */
  readonly missing: number;
  /** Number of those with the content of another; those of one name are counted by name. */
  readonly repeated: number;
  /** Number of those whose content no right answer has. */
  readonly wrong: number;
}

/** Compares the thread of an answer with the right one, in any order. */
export const compareThread = (
  answer: RecordedMessage,
  messages: readonly RecordedMessage[],
  right: readonly string[],
): ThreadProblems => {
  const left = [...right];
  const names = new Set<string>();
  let repeated = 0;
  let wrong = 0;
  for (const reply of repliesTo(answer, messages)) {
    if (names.has(reply.name)) continue;
    if (reply.name !== '') names.add(reply.name);
    const content = contentOf(reply);
    const at = left.indexOf(content);
    if (at >= 0) left.splice(at, 1);
    else if (right.includes(content)) repeated += 1;
    else wrong += 1;
  }
  return { missing: Math.max(0, left.length - wrong), repeated, wrong };
};

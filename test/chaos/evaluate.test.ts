import { renderFailure } from '../../src/render/slack/failure';
import {
  evaluateAll,
  evaluateDigests,
  evaluateRequests,
  isClean,
  type MadeRequest,
  type Observed,
} from './evaluate';
import type { RecordedMessage } from './record-messages';
import type { ProxiedCall } from './slack-proxy';
import { threadOf } from './threads';

const request: MadeRequest = {
  user: 'U1',
  channel: 'C1',
  cluster: 'east',
  at: 1000,
  error: undefined,
  acknowledged: '',
  id: 'r1',
  stalled: false,
  botKilled: false,
};
const ready = '🟢 east is ready';
let ts = 0;
const message = (text: string, over: Partial<RecordedMessage> = {}): RecordedMessage => ({
  channel: 'C1',
  ts: String(++ts),
  ephemeralTo: undefined,
  threadTs: undefined,
  name: 'r1',
  texts: [
    { at: 2000, text: '⏳ reading <@U1>' },
    { at: 3000, text: `${text}\n[]` },
  ],
  files: [],
  deleted: false,
  ...over,
});
const observe = (messages: readonly RecordedMessage[], calls: readonly ProxiedCall[] = []): Observed => ({
  messages,
  calls,
  right: new Map([['east', ready]]),
  rightThreads: new Map(),
  rightDigestThread: undefined,
});
const post = (at: number, doneAt: number, answeredAt?: number): ProxiedCall => ({
  what: 'chat.postMessage',
  channel: 'C1',
  name: 'r1',
  at,
  doneAt,
  ...(answeredAt === undefined ? {} : { answeredAt }),
});
const history = (at: number, answeredAt?: number): ProxiedCall => ({
  what: 'conversations.history',
  channel: 'C1',
  name: '',
  at,
  ...(answeredAt === undefined ? {} : { answeredAt }),
});

const progress = message('', { texts: [{ at: 2000, text: '⏳ reading <@U1>' }] });
const privately = (text: string): RecordedMessage =>
  message(text, { name: '', ephemeralTo: 'U1', texts: [{ at: 3000, text: `${text}\n[]` }] });
const twice = [message(ready), message(ready)];
const unsure = { ...request, acknowledged: renderFailure({ kind: 'queue-unsure' }).text };
const orphaned = { ...unsure, botKilled: true };
const correction = privately(renderFailure({ kind: 'queue-lost' }).text);
const lostResponse: ProxiedCall = { what: 'response_url', channel: '', name: '', at: 2999, doneAt: 3000 };
const refused = { ...request, acknowledged: '⛔ could not be queued' };

it.each([
  ['a right answer', request, observe([message(ready)]), {}],
  ['no message', request, observe([]), { lost: 1 }],
  ['a message that shows progress', request, observe([progress]), { stuck: 1 }],
  ['two answers of one name', request, observe(twice), { doubled: 1 }],
  ['an answer and a private one', request, observe([message(ready), privately(ready)]), { doubled: 1 }],
  ['one that was deleted', request, observe([message(ready), message(ready, { deleted: true })]), {}],
  ['an internal error', request, observe([message('⛔ Internal error (r1)')]), { untrue: 1 }],
  ['another answer than without faults', request, observe([message('east is not ready')]), { untrue: 1 }],
  ['a cluster that could not be read', request, observe([message('`east` could not be read')]), {}],
  ['an answer after a refusal', refused, observe([message(ready)]), { untrue: 1, accepted: 0 }],
  ['a refusal alone', refused, observe([privately(refused.acknowledged)]), { accepted: 0 }],
  ['no word after an unsure acknowledgement', unsure, observe([]), { lost: 1 }],
  ['an answer after an unsure acknowledgement', unsure, observe([message(ready)]), {}],
  ['a correction of an unsure acknowledgement', unsure, observe([correction]), { accepted: 0 }],
  ['a correction and an answer', unsure, observe([correction, message(ready)]), { accepted: 0, untrue: 1 }],
  [
    'a private answer again after its reply was lost',
    request,
    observe([privately(ready), privately(ready)], [lostResponse]),
    { unavoidable: 1 },
  ],
  [
    'a private answer again after its reply came',
    request,
    observe([privately(ready), privately(ready)], [{ ...lostResponse, answeredAt: 3001 }]),
    { doubled: 1 },
  ],
  [
    'no word after a bot was killed that was not sure',
    orphaned,
    observe([]),
    { accepted: 0, unconfirmed: 1 },
  ],
  ['an answer after a bot was killed that was not sure', orphaned, observe([message(ready)]), {}],
  ['no answer of a bot that was killed', { ...request, botKilled: true }, observe([]), { lost: 1 }],
  ['no acknowledgement', { ...request, error: 'operation_timeout' }, observe([]), { accepted: 0 }],
  [
    'a post whose reply was lost while the history could not be read',
    request,
    observe(twice, [post(1, 2), history(3), post(4, 5, 6)]),
    { unavoidable: 1 },
  ],
  [
    'a post whose reply was lost while the history could be read',
    request,
    observe(twice, [post(1, 2), history(3, 4), post(5, 6, 7)]),
    { doubled: 1 },
  ],
  ['a post that Slack did late', request, observe(twice, [post(1, 9), post(5, 6, 7)]), { unavoidable: 1 }],
  [
    'a post after the answer to the first',
    request,
    observe(twice, [post(1, 2, 3), post(5, 6)]),
    { doubled: 1 },
  ],
])('counts %s', (_, made, observed, expected) => {
  const { accepted, lost, stuck, doubled, untrue, unavoidable, unconfirmed } = evaluateRequests(
    [made],
    observed,
  );
  expect({ accepted, lost, stuck, doubled, untrue, unavoidable, unconfirmed }).toEqual({
    accepted: 1,
    lost: 0,
    stuck: 0,
    doubled: 0,
    untrue: 0,
    unavoidable: 0,
    unconfirmed: 0,
    ...expected,
  });
});

const answered = message(ready, { ts: 'answer' });
const inThread = (content: string, over: Partial<RecordedMessage> = {}): RecordedMessage =>
  message(content, {
    threadTs: 'answer',
    name: `r1/${content}`,
    texts: [{ at: 3500, text: content }],
    ...over,
  });
const inFile = (content: string, over: Partial<RecordedMessage> = {}): RecordedMessage =>
  inThread('', { name: 'file of answer', files: [{ content }], ...over });
const [first, second] = [inThread('c001: 0f8fad5b-d9cb-469f-a165-70867728950e'), inThread('second')];
const file = inFile('whole report, 2026-11-27T20:01:14Z');
const right = [...threadOf({ channel: 'C1', ts: 'answer' }, [first, second, file])];
const attach = (at: number, doneAt: number, answeredAt?: number): ProxiedCall => ({
  ...post(at, doneAt, answeredAt),
  what: 'files.completeUploadExternal',
  name: 'file of answer',
});

it.each<[string, readonly RecordedMessage[], readonly ProxiedCall[], object]>([
  ['a whole thread', [first, second, file], [], {}],
  ['one in another order', [file, second, first], [], {}],
  [
    'one with another id, cluster and time',
    [
      inThread('c003: 7c9e6679-7425-40de-944b-e07fc1f90ae7'),
      second,
      inFile('whole report, 2026-11-28T01:00:00Z'),
    ],
    [],
    {},
  ],
  ['a reply that is missing', [first, file], [], { lost: 1 }],
  ['a file that is missing', [first, second], [], { lost: 1 }],
  ['a thread that is missing', [], [], { lost: 1 }],
  ['a reply that was deleted', [first, { ...second, deleted: true }, file], [], { lost: 1 }],
  ['a reply of another thread', [first, inThread('second', { threadTs: 'other' }), file], [], { lost: 1 }],
  ['a reply twice under one name', [first, second, second, file], [], { doubled: 1 }],
  [
    'a reply twice under two names',
    [first, second, inThread('second', { name: 'r1/1/1' }), file],
    [],
    { doubled: 1 },
  ],
  ['a file twice', [first, second, file, file], [attach(1, 2, 3), attach(5, 6, 7)], { doubled: 1 }],
  [
    'a file twice that Slack attached late',
    [first, second, file, file],
    [attach(1, 9), attach(5, 6, 7)],
    { unavoidable: 1 },
  ],
  ['a reply with another content', [first, inThread('other'), file], [], { untrue: 1 }],
  ['a reply more', [first, second, inThread('third'), file], [], { untrue: 1 }],
  [
    'a reply of a cluster of the other side',
    [inThread('c002: 0f8fad5b-d9cb-469f-a165-70867728950e'), second, file],
    [],
    { untrue: 1 },
  ],
  ['a file with another content', [first, second, inFile('half a report')], [], { untrue: 1 }],
])('counts %s', (_, replies, calls, expected) => {
  const observed = { ...observe([answered, ...replies], calls), rightThreads: new Map([['east', right]]) };
  const { lost, stuck, doubled, untrue, unavoidable } = evaluateRequests([request], observed);
  expect({ lost, stuck, doubled, untrue, unavoidable }).toEqual({
    lost: 0,
    stuck: 0,
    doubled: 0,
    untrue: 0,
    unavoidable: 0,
    ...expected,
  });
});

it('compares no thread of an answer that could not read the cluster', () => {
  const unread = message('`east` could not be read', { ts: 'answer' });
  const observed = { ...observe([unread]), rightThreads: new Map([['east', right]]) };
  expect(isClean(evaluateRequests([request], observed))).toBe(true);
});

const posted = (text: string, over: Partial<RecordedMessage> = {}): RecordedMessage =>
  message('', { texts: [{ at: 3000, text: `${text}\n[]` }], ...over });
const summary = '🟢 Peering, Monday 1 January: 1 🟢';

it.each([
  ['posted once', [posted(summary)], true],
  ['not posted', [], false],
  ['posted twice', [posted(summary), posted(summary, { name: 'r2' })], false],
  ['only answered in a thread', [posted(summary, { threadTs: '1' })], false],
  ['that says what is not so', [posted('🔴 Peering, Monday 1 January: 1 🔴')], false],
  ['that leaves out a cluster', [posted('🟢 Peering, Monday 1 January: ')], false],
  ['that could not read a cluster', [posted('⚪ Peering, Monday 1 January: 1 could not be read')], true],
  ['with an internal error', [posted(summary), posted('internal error', { threadTs: '1' })], false],
])('finds a digest that was %s', (_, messages, clean) => {
  const digest = { id: 'd', channel: 'C1', clusters: ['east'], at: 1000 };
  expect(isClean(evaluateDigests([digest], observe(messages)))).toBe(clean);
});

it.each<[string, readonly RecordedMessage[], object]>([
  ['is whole', [first, second, file], {}],
  ['lacks a reply', [first, file], { lost: 1 }],
  ['has a reply of another content', [first, inThread('other'), file], { untrue: 1 }],
  ['has a reply twice', [first, second, inThread('second', { name: 'r1/1/1' }), file], { doubled: 1 }],
])('finds a digest whose thread %s', (_, replies, expected) => {
  const digest = { id: 'd', channel: 'C1', clusters: ['east'], at: 1000 };
  const observed = {
    ...observe([posted(summary, { ts: 'answer' }), ...replies]),
    rightDigestThread: right,
  };
  const { lost, doubled, untrue } = evaluateDigests([digest], observed);
  expect({ lost, doubled, untrue }).toEqual({ lost: 0, doubled: 0, untrue: 0, ...expected });
});

it('finds messages that are stuck or doubled long after their requests', () => {
  const { stuck, doubled, unavoidable } = evaluateAll(
    observe([progress, ...twice, message(ready, { name: 'r3' })]),
  );
  expect({ stuck, doubled, unavoidable }).toEqual({ stuck: 1, doubled: 2, unavoidable: 0 });
});

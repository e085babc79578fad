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

const request: MadeRequest = {
  user: 'U1',
  channel: 'C1',
  cluster: 'east',
  at: 1000,
  error: undefined,
  acknowledged: '',
  id: 'r1',
  stalled: false,
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
  deleted: false,
  ...over,
});
const observe = (messages: readonly RecordedMessage[], calls: readonly ProxiedCall[] = []): Observed => ({
  messages,
  calls,
  right: new Map([['east', ready]]),
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
  const { accepted, lost, stuck, doubled, untrue, unavoidable } = evaluateRequests([made], observed);
  expect({ accepted, lost, stuck, doubled, untrue, unavoidable }).toEqual({
    accepted: 1,
    lost: 0,
    stuck: 0,
    doubled: 0,
    untrue: 0,
    unavoidable: 0,
    ...expected,
  });
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

it('finds messages that are stuck or doubled long after their requests', () => {
  const { stuck, doubled, unavoidable } = evaluateAll(
    observe([progress, ...twice, message(ready, { name: 'r3' })]),
  );
  expect({ stuck, doubled, unavoidable }).toEqual({ stuck: 1, doubled: 2, unavoidable: 0 });
});

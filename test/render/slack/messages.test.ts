import fc from 'fast-check';
import { runAgainButton } from '../../../src/features/history/run-buttons';
import { renderFailureText, type RequestFailure } from '../../../src/render/failure';
import { renderFailure } from '../../../src/render/slack/failure';
import { messageRoom } from '../../../src/render/slack/limits';
import { type ReadProgress, renderReadProgress } from '../../../src/render/slack/read-progress';
import { hostileText } from '../hostile';
import { expectMessage, outline, requester } from './held';

/** The messages beside the report: each one line that says what is and what to do. */

const progress: ReadProgress = {
  cluster: 'prod-west',
  requestedBy: requester,
  doing: 'reading the cluster',
  state: 'reading',
  done: 14,
  total: 18,
  elapsedMs: 1_234,
};

test('progress', () => {
  const states = [progress, { ...progress, total: 0 }, { ...progress, state: 'retrying' }] as const;
  const messages = states.map(renderReadProgress);
  for (const message of messages) expectMessage(message, messageRoom);
  expect(messages.map((message) => outline(message.blocks))).toMatchSnapshot();
});

const failures: readonly RequestFailure[] = [
  {
    kind: 'cannot-read',
    cluster: 'prod-west',
    cause: 'unreachable',
    message:
      'consul.west.example:8501 did not answer: nothing listens there (connection refused). Check the address',
  },
  { kind: 'cannot-read', cluster: 'staging', cause: 'forbidden', message: 'Consul knows no such token' },
  { kind: 'unknown-cluster', cluster: 'prod-wset', nearest: 'prod-west', known: ['prod-east', 'prod-west'] },
  { kind: 'unknown-cluster', cluster: 'xyz', nearest: undefined, known: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] },
  { kind: 'unknown-cluster', cluster: 'xyz', nearest: undefined, known: [] },
  { kind: 'unknown-command', command: 'chekc', nearest: 'check' },
  { kind: 'unknown-command', command: '🤷', nearest: undefined },
  { kind: 'usage', problem: 'the name of a cluster is missing', usage: '/peering check CLUSTER [PEER]' },
  { kind: 'queue-down' },
  { kind: 'not-allowed', command: 'token', cluster: 'prod-east' },
  { kind: 'not-allowed', command: 'audit', cluster: null },
  { kind: 'other-team' },
  { kind: 'too-many', perMinute: 10, retryMs: 42_000 },
  { kind: 'joined', cluster: 'prod-west' },
  { kind: 'run-gone', cluster: 'prod-west' },
  { kind: 'unexpected', requestId: '01JD-3F' },
  { kind: 'expired', waitedFor: 'cluster' },
  { kind: 'expired', waitedFor: 'services' },
];

test('failures', () => {
  const messages = failures.map((failure) => renderFailure(failure));
  for (const message of messages) expectMessage(message, messageRoom);
  expect(messages.map((message) => outline(message.blocks))).toMatchSnapshot('in Slack');
  expect(failures.map(renderFailureText)).toMatchSnapshot('at a terminal');
});

test('a failure that may pass comes with a button that runs the check again', () => {
  const message = renderFailure(
    failures[0] as RequestFailure,
    runAgainButton({ cluster: 'prod-west', peer: 'east' }),
  );
  expectMessage(message, messageRoom);
  expect(outline(message.blocks)).toContain('[Run again] check:run-again [1,"prod-west","east",null]');
});

test('whatever names come in, the messages are within the limits of Slack and hold no markup of them', () => {
  fc.assert(
    fc.property(fc.array(hostileText, { minLength: 3, maxLength: 60 }), (names) => {
      const [a = '', b = '', c = ''] = names;
      const messages = [
        renderReadProgress({ ...progress, cluster: a, requestedBy: b }),
        renderFailure(
          { kind: 'cannot-read', cluster: a, cause: 'malformed', message: b },
          runAgainButton({ cluster: a, peer: c }),
        ),
        renderFailure({ kind: 'unknown-cluster', cluster: a, nearest: b, known: names }),
        renderFailure({ kind: 'unknown-cluster', cluster: a, nearest: undefined, known: names }),
        renderFailure({ kind: 'usage', problem: a, usage: b }),
        renderFailure({ kind: 'not-allowed', command: a, cluster: b }),
      ];
      for (const message of messages) expectMessage(message, messageRoom);
    }),
    { numRuns: 60 },
  );
});

import { pino } from 'pino';
import { commands } from '../../src/app/listeners';
import type { SlackAnswer } from '../../src/slack/api/call';
import { attachListeners, type ListenerParts } from '../../src/slack/listeners';
import { renderFailure } from '../../src/render/slack/failure';
import { waitFor } from '../lab/process';
import { fakeTools, noLimit } from './support';

const lost: SlackAnswer<undefined> = { ok: false, error: { kind: 'lost', reason: 'no reply' } };
const away = (): Promise<never> => Promise.reject(new Error('Connection is closed.'));
const responseUrl = 'https://hooks.slack.com/commands/1';

/** Types a command whose job Redis does not confirm, and did not take. Returns what became of the correction. */
const typeUnconfirmed = async (sent: SlackAnswer<undefined>, stored = Promise.resolve()) => {
  const { tools } = fakeTools({ enqueued: { kind: 'unsure', known: Promise.resolve('failed') } });
  const told: unknown[] = [];
  const followUps: unknown[] = [];
  let handler: ((args: object) => Promise<void>) | undefined;
  const app = {
    use: () => undefined,
    command: (_: RegExp, given: typeof handler) => {
      handler = given;
    },
    action: () => undefined,
    shortcut: () => undefined,
    options: () => undefined,
    event: () => undefined,
    view: () => undefined,
  };
  const respond: ListenerParts<object>['respond'] = async (_, message) => {
    told.push(message);
    return sent;
  };
  const answerLater: ListenerParts<object>['answerLater'] = async (target, message) => {
    followUps.push({ target, message });
    await stored;
  };
  attachListeners(app as never, {
    commands,
    actions: [],
    submissions: [],
    commandForms: [],
    events: [],
    links: {} as never,
    assistant: {} as never,
    services: () => tools,
    home: {} as never,
    client: {} as never,
    botUserId: 'UBOT',
    respond,
    answerLater,
    throttle: noLimit,
    throttleHome: noLimit,
    throttlePreviews: noLimit,
    throttlePrompts: noLimit,
    throttleSearches: noLimit,
    log: pino({ level: 'silent' }),
  });
  const command = {
    command: '/peering',
    text: 'check prod-east',
    user_id: 'UMEMBER',
    team_id: 'T1',
    channel_id: 'C1',
    response_url: responseUrl,
    trigger_id: '1',
  };
  await handler?.({ command, ack: async () => undefined });
  await waitFor('the correction', () => told.length + followUps.length > 0);
  for (let round = 0; round < 3; round++) await new Promise(setImmediate);
  return { told, followUps };
};
const correction = renderFailure({ kind: 'queue-lost' });

it('leaves a correction to the outbox, in place of the answer that a late job would give', async () => {
  expect(await typeUnconfirmed(lost)).toEqual({
    told: [],
    followUps: [
      {
        target: expect.objectContaining({
          name: expect.stringMatching(/^[\w-]{36}\/unqueued$/),
          channel: 'C1',
          user: 'UMEMBER',
          responseUrl,
        }),
        message: correction,
      },
    ],
  });
});

it('sends a correction at once if Redis is away again', async () => {
  const { told } = await typeUnconfirmed({ ok: true, value: undefined }, away());
  expect(told).toEqual([correction]);
});

it('does not throw if Redis and Slack are both away', async () => {
  const { told, followUps } = await typeUnconfirmed(lost, away());
  expect(told).toEqual([correction]);
  expect(followUps).toHaveLength(2);
});

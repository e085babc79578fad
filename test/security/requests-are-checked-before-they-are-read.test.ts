import { connect, type Socket } from 'node:net';
import { App } from '@slack/bolt';
import { pino } from 'pino';
import { signatureHeaders } from '../../sandbox/workspace/delivery';
import { createHttpReceiver } from '../../src/slack/http-receiver';
import { sdkLogger } from '../../src/slack/sdk-logger';

const log = pino({ level: 'silent' });
const secret = 'the-signing-secret';
const body = 'command=%2Fpeering&text=help&user_id=U1&team_id=T1&channel_id=C1';
const form = { 'content-type': 'application/x-www-form-urlencoded' };

const ends: (() => unknown)[] = [];
let heard = 0;
let port = 0;
beforeEach(async () => {
  heard = 0;
  const receiver = createHttpReceiver({
    signingSecret: secret,
    port: 0,
    sdkLogger: sdkLogger(log, 'bolt'),
    log,
    maxConnections: 10,
    isFirst: async () => true,
  });
  const app = new App({
    receiver,
    authorize: async () => ({ botToken: 'xoxb-x', botId: 'B1', botUserId: 'U0' }),
    logger: sdkLogger(log, 'bolt'),
    convoStore: false,
  });
  app.command(/.*/, async ({ ack }) => {
    heard += 1;
    await ack();
  });
  await app.start();
  ends.push(() => app.stop());
  port = receiver.port() ?? 0;
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const open = (): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => undefined);
    ends.push(() => socket.destroy());
  });

/** Resolves to the text that the server sends before it closes the connection. */
const untilClosed = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString())).on('close', () => resolve(text));
  });

/** Sends the headers of a request and `part` of its body, and never the rest. */
const begin = async (headers: Readonly<Record<string, string | number>>, part = ''): Promise<string> => {
  const socket = await open();
  const lines = Object.entries({ host: 'localhost', ...form, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.write(`POST /slack/events HTTP/1.1\r\n${lines.join('')}\r\n${part}`);
  return untilClosed(socket);
};

const send = async (text: string, headers: Readonly<Record<string, string>> = form): Promise<number> => {
  const answer = await fetch(`http://127.0.0.1:${port}/slack/events`, {
    method: 'POST',
    body: text,
    headers: { ...headers, ...signatureHeaders(secret, text) },
  });
  return answer.status;
};

const secondsAgo = (seconds: number): number => Math.floor(Date.now() / 1000) - seconds;

it.each([
  ['has no signature', {}, '401'],
  ['has no time', { 'x-slack-signature': `v0=${'0'.repeat(64)}` }, '401'],
  ['is too old', signatureHeaders(secret, body, secondsAgo(400)), '401'],
  ['is dated in the future', signatureHeaders(secret, body, secondsAgo(-400)), '401'],
  ['is too large', { ...signatureHeaders(secret, body), 'content-length': 2 ** 21 }, '413'],
] as const)('answers before the body where a request %s', async (_, headers, status) => {
  const started = Date.now();
  expect((await begin({ 'content-length': 1000, ...headers })).split(' ')[1]).toBe(status);
  // Not by the time limit of a whole request.
  expect(Date.now() - started).toBeLessThan(4000);
});

it('gives a whole request 5 seconds', async () => {
  const headers = { ...signatureHeaders(secret, body), 'content-length': body.length };
  const started = Date.now();
  expect(await begin(headers, body.slice(0, -1))).toContain(' 408 ');
  expect(Date.now() - started).toBeGreaterThan(4500);
  expect(heard).toBe(0);
}, 30_000);

it('has a limit of connections, and goes on after them', async () => {
  const sockets = await Promise.all(Array.from({ length: 12 }, open));
  const said = await Promise.all(sockets.map(untilClosed));
  // Those within the limit get an answer at the end of their time.
  expect(said.filter((text) => text === '')).toHaveLength(2);
  expect(said.filter((text) => text.includes(' 408 '))).toHaveLength(10);
  expect(await send(body)).toBe(200);
}, 30_000);

it.each([
  ['null', { 'content-type': 'application/json' }],
  ['[]', { 'content-type': 'application/json' }],
  ['1', { 'content-type': 'application/json' }],
  ['"text"', { 'content-type': 'application/json' }],
  ['{', { 'content-type': 'application/json' }],
  ['null', { 'content-type': 'text/plain' }],
  ['payload=null', form],
  ['payload=%5B%5D', form],
  ['payload=%7B', form],
])('refuses the signed body %s as %j, and goes on', async (text, headers) => {
  expect(await send(text, headers)).toBe(400);
  expect(await send(body)).toBe(200);
  expect(heard).toBe(1);
});

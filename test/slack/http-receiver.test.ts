import { request as httpRequest } from 'node:http';
import { App } from '@slack/bolt';
import { pino } from 'pino';
import { signatureHeaders } from '../../sandbox/workspace/delivery';
import { createHttpReceiver, type HttpReceiver } from '../../src/slack/http-receiver';
import { createReplayGuard } from '../../src/slack/replays';
import { sdkLogger } from '../../src/slack/sdk-logger';
import type { RedisClient } from '../../src/redis/redis';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { connectTestRedis } from '../redis-client';

const log = pino({ level: 'silent' });
const secret = 'the-signing-secret';
const body = (text = 'help'): string =>
  new URLSearchParams({
    command: '/peering',
    text,
    user_id: 'U1',
    team_id: 'T1',
    channel_id: 'C1',
  }).toString();
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

describeWith(['redis'], 'HTTP mode', () => {
  let server: RedisServer;
  let redis: RedisClient;
  const ends: (() => unknown)[] = [];
  let heard: string[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    heard = [];
    redis = connectTestRedis(server.url, 'asking');
    redis.on('error', () => undefined);
    await waitFor('redis', () => redis.status === 'ready');
    await redis.flushall();
    ends.push(() => redis.disconnect());
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const listen = async (connection = redis): Promise<HttpReceiver> => {
    const receiver = createHttpReceiver({
      signingSecret: secret,
      port: 0,
      sdkLogger: sdkLogger(log, 'bolt'),
      log,
      isFirst: createReplayGuard(connection, log),
    });
    const app = new App({
      receiver,
      authorize: async () => ({ botToken: 'xoxb-x', botId: 'B1', botUserId: 'U0' }),
      logger: sdkLogger(log, 'bolt'),
      convoStore: false,
    });
    app.command(/.*/, async ({ command, ack }) => {
      heard.push(command.text);
      await ack(`heard ${command.text}`);
    });
    await app.start();
    ends.push(() => app.stop());
    return receiver;
  };
  const send = async (
    receiver: HttpReceiver,
    text: string,
    headers: Readonly<Record<string, string>>,
    path = '/slack/events',
  ): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${receiver.port()}${path}`, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
    return { status: answer.status, text: await answer.text() };
  };

  it('takes what Slack signed', async () => {
    const receiver = await listen();
    expect(await send(receiver, body(), signatureHeaders(secret, body()))).toEqual({
      status: 200,
      text: 'heard help',
    });
    expect(await send(receiver, body('check a'), signatureHeaders(secret, body('check a')))).toMatchObject({
      status: 200,
    });
    expect(heard).toEqual(['help', 'check a']);
  });

  it('gives a command to its own listener, and what is not quite one to the app', async () => {
    const receiver = await listen();
    receiver.takeCommands(async ({ text }, ack) => {
      await ack({ text: `taken ${text}` });
    });
    const whole = `${body()}&response_url=https%3A%2F%2Fhooks.example%2F1&trigger_id=1`;
    const taken = await send(receiver, whole, signatureHeaders(secret, whole));
    expect([taken.status, taken.text]).toEqual([200, JSON.stringify({ text: 'taken help' })]);
    const twice = `${whole}&user_id=U2`;
    for (const other of [body('part'), twice])
      expect((await send(receiver, other, signatureHeaders(secret, other))).status).toBe(200);
    expect(heard).toEqual(['part', 'help']);
  });

  it('answers at once when the listener of a command fails', async () => {
    const receiver = await listen();
    receiver.takeCommands(async () => {
      throw new Error('a bug');
    });
    const whole = `${body()}&response_url=https%3A%2F%2Fhooks.example%2F1&trigger_id=1`;
    expect((await send(receiver, whole, signatureHeaders(secret, whole))).status).toBe(500);
    expect(heard).toEqual([]);
  });

  it('answers when Slack verifies the request URL for events', async () => {
    const receiver = await listen();
    const verification = JSON.stringify({ type: 'url_verification', challenge: 'prove-it' });
    const headers = { ...signatureHeaders(secret, verification), 'content-type': 'application/json' };
    const { status, text } = await send(receiver, verification, headers);
    expect([status, text]).toEqual([200, JSON.stringify({ challenge: 'prove-it' })]);
    expect((await send(receiver, verification, { 'content-type': 'application/json' })).status).toBe(401);
  });

  it('answers when Slack checks the connection, and runs nothing', async () => {
    const receiver = await listen();
    const check = `${body()}&ssl_check=1`;
    expect(await send(receiver, check, signatureHeaders(secret, check))).toEqual({ status: 200, text: '' });
    expect((await send(receiver, check, {})).status).toBe(401);
    expect(heard).toEqual([]);
  });

  it.each([
    ['without a signature', () => ({})],
    ['signed with another secret', () => signatureHeaders('another-secret', body())],
    ['with the signature of another body', () => signatureHeaders(secret, body('other'))],
    [
      'with a time that was not signed',
      () => ({ ...signatureHeaders(secret, body()), 'x-slack-request-timestamp': String(nowSeconds() - 7) }),
    ],
    ['of six minutes ago', () => signatureHeaders(secret, body(), nowSeconds() - 360)],
    ['of two minutes ahead, though signed', () => signatureHeaders(secret, body(), nowSeconds() + 120)],
    ['of the far future, though signed', () => signatureHeaders(secret, body(), 99_999_999_999)],
    [
      'with a time that is none',
      () => ({ ...signatureHeaders(secret, body()), 'x-slack-request-timestamp': 'now' }),
    ],
    ['with a cut signature', () => ({ ...signatureHeaders(secret, body()), 'x-slack-signature': 'v0=' })],
    [
      'with a signature of another version',
      () => ({ ...signatureHeaders(secret, body()), 'x-slack-signature': 'v1=00' }),
    ],
  ] as const)('refuses a request %s', async (_, headers) => {
    const receiver = await listen();
    expect((await send(receiver, body(), headers())).status).toBe(401);
    expect(heard).toEqual([]);
  });

  it('refuses an exact replay, also by another process', async () => {
    const [one, other] = [await listen(), await listen()];
    const headers = signatureHeaders(secret, body());
    expect((await send(one, body(), headers)).status).toBe(200);
    expect((await send(one, body(), headers)).status).toBe(401);
    expect((await send(other, body(), headers)).status).toBe(401);
    expect(heard).toEqual(['help']);
  });

  it.each([
    ['text after the signature', 'x-slack-signature', (given: string) => `${given}=again`],
    ['an empty part after the signature', 'x-slack-signature', (given: string) => `${given}=`],
    ['the signature in capitals', 'x-slack-signature', (given: string) => given.toUpperCase()],
    ['another writing of the time', 'x-slack-request-timestamp', (given: string) => `0${given}`],
  ] as const)('refuses a replay with %s', async (_, name, alter) => {
    const receiver = await listen();
    const headers = signatureHeaders(secret, body());
    expect((await send(receiver, body(), headers)).status).toBe(200);
    const altered = { ...headers, [name]: alter(String(headers[name])) };
    expect((await send(receiver, body(), altered)).status).toBe(401);
    expect(heard).toEqual(['help']);
  });

  it('remembers a signature for as long as its request would be taken', async () => {
    const receiver = await listen();
    const headers = signatureHeaders(secret, body());
    await send(receiver, body(), headers);
    const left = await redis.pttl(`peering:served:${headers['x-slack-signature']}`);
    expect(left).toBeGreaterThan(300_000);
  });

  it('remembers nothing that was not signed', async () => {
    const receiver = await listen();
    await send(receiver, body(), signatureHeaders('another-secret', body()));
    expect(await redis.keys('*')).toEqual([]);
  });

  it('goes on without Redis, and still knows its own requests again', async () => {
    const away = connectTestRedis('redis://127.0.0.1:1', 'asking');
    away.on('error', () => undefined);
    ends.push(() => away.disconnect());
    const receiver = await listen(away);
    const headers = signatureHeaders(secret, body());
    expect((await send(receiver, body(), headers)).status).toBe(200);
    expect((await send(receiver, body(), headers)).status).toBe(401);
  });

  it.each([
    ['another path', '/other', 404],
    ['a path with a query', '/slack/events?x=1', 200],
  ] as const)('answers %s with %s', async (_, path, status) => {
    const receiver = await listen();
    expect((await send(receiver, body(), signatureHeaders(secret, body()), path)).status).toBe(status);
  });

  it('refuses a body that is too large, and one that is cut', async () => {
    const receiver = await listen();
    const large = 'x'.repeat(2 * 1024 * 1024);
    expect((await send(receiver, large, signatureHeaders(secret, large))).status).toBe(413);
    await new Promise<void>((resolve) => {
      const cut = httpRequest({
        port: receiver.port(),
        path: '/slack/events',
        method: 'POST',
        headers: { 'content-length': '1000' },
      });
      cut.on('error', () => resolve());
      cut.write('command=', () => cut.destroy());
    });
    expect(await send(receiver, body(), signatureHeaders(secret, body()))).toMatchObject({ status: 200 });
    expect(heard).toEqual(['help']);
  });
});

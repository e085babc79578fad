import { connect } from 'node:net';
import { pino } from 'pino';
import { createAlertReceiver, startAlertServer } from '../../../src/features/alerts';
import type { Enqueued } from '../../../src/queue/producer';
import { configOf } from '../../slack/support';
import { notification } from './notification';

const token = 'alertmanager-token-5b1c';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const start = async (answer: Enqueued = { kind: 'queued' }, isConfigured = true) => {
  const queued: { readonly payload: unknown; readonly key: string | undefined }[] = [];
  const config = {
    ...configOf({ restrict: false, grants: [] }, ['prod', 'lab']),
    ...(isConfigured && {
      alertmanager: { token: { env: 'AM' }, channel: 'C0ALERTS', owner: 'U1', label: 'cluster' },
    }),
  };
  const log = pino({ level: 'silent' });
  const receive = createAlertReceiver({
    config: () => config,
    environment: { AM: token },
    producer: {
      enqueue: async (_, payload, { key }) => {
        queued.push({ payload, key });
        return answer;
      },
    },
    team: 'T1',
    log,
  });
  const server = await startAlertServer(receive, 0, log);
  if (!server.ok) throw new Error(server.error);
  ends.push(server.value.stop);
  const send = async (
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
    path = '/webhooks/alertmanager',
    method = 'POST',
  ) => {
    const response = await fetch(`http://127.0.0.1:${server.value.port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as object) };
  };
  return { send, queued, port: server.value.port };
};

it('queues a job for each notification, as one that joins an earlier one would count as old as that', async () => {
  const { send, queued } = await start();
  expect(await send(notification(['prod', 'prod', 'nope']))).toEqual({
    status: 202,
    body: { clusters: ['prod'], unknownClusters: ['nope'] },
  });
  expect(queued).toMatchObject([
    { payload: { clusters: ['prod'], status: 'firing', firing: 3, team: 'T1' } },
  ]);
  await send(notification(['lab']));
  await send(notification(['lab'], { status: 'resolved' }));
  expect(queued.map(({ key }) => key)).toEqual([undefined, undefined, undefined]);
});

it('says that no cluster is known, and queues nothing', async () => {
  const { send, queued } = await start();
  expect(await send(notification(['nope']))).toMatchObject({
    status: 422,
    body: { unknownClusters: ['nope'] },
  });
  expect((await send({ ...notification([]), alerts: [{ status: 'firing', labels: {} }] })).status).toBe(422);
  expect(queued).toEqual([]);
});

it('takes that a group is resolved whose cluster is no longer configured', async () => {
  const { send, queued } = await start();
  expect((await send(notification(['nope'], { status: 'resolved' }))).status).toBe(202);
  expect(queued).toMatchObject([{ payload: { clusters: [], status: 'resolved' } }]);
});

it.each<[string, Readonly<Record<string, string>>, number]>([
  ['without a token', { authorization: '' }, 401],
  ['with another token', { authorization: 'Bearer alertmanager-token-5b1d' }, 401],
  ['with the beginning of the token', { authorization: 'Bearer alertmanager' }, 401],
  ['with another scheme', { authorization: `Basic ${token}` }, 401],
  ['that is a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['that is compressed', { 'content-encoding': 'gzip' }, 415],
])('refuses a request %s', async (_, headers, status) => {
  const { send, queued } = await start();
  expect((await send(notification(['prod']), headers)).status).toBe(status);
  expect(queued).toEqual([]);
});

it.each<[string, unknown, number]>([
  ['text', 'nothing', 400],
  ['null', 'null', 400],
  ['another version', { ...notification(['prod']), version: '3' }, 400],
  ['no alerts', { ...notification([]), alerts: [] }, 400],
  ['a megabyte', { ...notification(['prod']), commonAnnotations: { summary: 'x'.repeat(2 ** 20) } }, 413],
])('refuses a body that is %s', async (_, body, status) => {
  const { send, queued } = await start();
  expect((await send(body)).status).toBe(status);
  expect(queued).toEqual([]);
});

it('refuses by headers alone, before the body is sent', async () => {
  const { port } = await start();
  const answerTo = (lines: readonly string[]): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`POST /webhooks/alertmanager HTTP/1.1\r\nhost: x\r\n${lines.join('\r\n')}\r\n\r\n{`),
      );
      ends.push(() => socket.destroy());
      socket.once('data', (chunk) => resolve(chunk.toString().split(' ')[1] ?? ''));
    });
  const json = 'content-type: application/json';
  expect(await answerTo([json, 'content-length: 100'])).toBe('401');
  expect(await answerTo([json, `authorization: Bearer ${token}`, `content-length: ${2 ** 21}`])).toBe('413');
});

it('stops to read a body of unknown length at its limit', async () => {
  const { port, queued } = await start();
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      const head = `host: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json`;
      const chunk = 'x'.repeat(2 ** 20 + 1);
      socket.write(
        `POST /webhooks/alertmanager HTTP/1.1\r\n${head}\r\ntransfer-encoding: chunked\r\n\r\n${chunk.length.toString(16)}\r\n${chunk}`,
      );
    });
    socket.on('error', () => undefined);
    ends.push(() => socket.destroy());
    socket.once('data', (data) => resolve(data.toString().split(' ')[1] ?? ''));
  });
  expect([answer, queued]).toEqual(['413', []]);
});

it('asks to send again where nothing could be queued', async () => {
  const { send } = await start({ kind: 'failed' });
  expect((await send(notification(['prod']))).status).toBe(503);
});

it('has one path, one method, and none without configuration', async () => {
  const { send } = await start();
  expect((await send('', {}, '/webhooks/other')).status).toBe(404);
  expect((await send('', {}, '/webhooks/alertmanager', 'GET')).status).toBe(405);
  const { send: unconfigured } = await start({ kind: 'queued' }, false);
  expect((await unconfigured(notification(['prod']))).status).toBe(404);
});

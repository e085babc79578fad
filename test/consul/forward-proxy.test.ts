import type { ConsulClient, ConsulClientOptions } from '../../src/consul/client';
import { type RecordingProxy, startRecordingProxy } from '../lab/recording-proxy';
import { makeCa, makeCertificate } from './certificates';
import { canary, clientOf, failureOf, send, serve, type TestServer } from './server';

const ca = makeCa('the CA');
const { cert, key } = makeCertificate('server', { issuer: ca, addresses: ['127.0.0.1'] });
const trusted = { tls: { ca: ca.cert } };

let server: TestServer;
let proxy: RecordingProxy;
let client: ConsulClient | undefined;

afterEach(async () => {
  client?.close();
  proxy.stop();
  await server.close();
});

const start = async (isTls: boolean, refusal?: number): Promise<void> => {
  server = await serve((response) => send(response, 200, '[]'), isTls ? { cert, key } : undefined);
  proxy = await startRecordingProxy(refusal);
};
const through = (options: Partial<ConsulClientOptions> = {}): ConsulClient => {
  client = clientOf(server.origin, {
    ...options,
    proxy: { address: proxy.address, user: 'someone', password: 'hunter2' },
  });
  return client;
};

it.each([false, true])('opens one tunnel with its credentials, with TLS %s', async (isTls) => {
  await start(isTls);
  const asking = through(trusted);
  expect(await asking.peerings()).toMatchObject({ ok: true });
  expect(await asking.peerings()).toMatchObject({ ok: true });
  expect(proxy.seen()).toEqual([`127.0.0.1:${server.port}`]);
  expect(proxy.credentials()).toEqual(['someone:hunter2']);
  expect(server.requests.map(({ headers }) => headers['x-consul-token'])).toEqual([canary, canary]);
  expect(server.requests.every(({ headers }) => headers['proxy-authorization'] === undefined)).toBe(true);
});

it('verifies the certificate of the server behind it', async () => {
  await start(true);
  expect(failureOf(await through().peerings())).toMatchObject({ cause: 'tls' });
  expect(server.requests).toEqual([]);
});

it.each([407, 403, 502])('that answers %s is named, without its password', async (status) => {
  await start(false, status);
  const failure = failureOf(await through({ limits: { retries: 1 } }).peerings());
  expect(failure).toMatchObject({ kind: 'unreachable', message: expect.stringContaining(String(status)) });
  expect(JSON.stringify(failure)).not.toContain('hunter2');
  // Only a fault that may pass is tried again.
  expect(proxy.seen().length).toBe(status === 502 ? 2 : 1);
});

it('that does not answer is named', async () => {
  await start(false);
  proxy.stop();
  const failure = failureOf(await through({ limits: { retries: 0 } }).peerings());
  expect(failure).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('proxy.address') });
  expect(server.requests).toEqual([]);
});

it('on another machine makes plain HTTP to localhost a call to that machine', async () => {
  await start(false);
  client = clientOf(server.origin, { proxy: { address: 'http://proxy.example:3128' } });
  expect(failureOf(await client.peerings())).toMatchObject({ cause: 'plain-http' });
});

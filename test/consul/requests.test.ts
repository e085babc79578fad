import fc from 'fast-check';
import type { ConsulClient } from '../../src/consul/client';
import { anonymousOf, canary, clientOf, failureOf, send, serve, type TestServer } from './server';

let server: TestServer;
let client: ConsulClient;

beforeAll(async () => {
  server = await serve((response) => send(response, 200, '[]'));
});
afterAll(() => server.close());
afterEach(() => client.close());

const last = () => server.requests.at(-1);

describe('what is sent', () => {
  it('is the token in its header, and nowhere else', async () => {
    client = clientOf(server.origin);
    await client.peerings();
    expect(last()?.headers['x-consul-token']).toBe(canary);
    expect(JSON.stringify(last()).split(canary)).toHaveLength(2);
  });

  it('is no token where there is none', async () => {
    client = anonymousOf(server.origin);
    await client.peerings();
    expect(last()?.headers).not.toHaveProperty('x-consul-token');
  });

  it('is the scope, where one is set', async () => {
    client = clientOf(server.origin);
    await client.peerings();
    expect(last()?.url).toBe('/v1/peerings');
    client.close();
    client = clientOf(server.origin, { datacenter: 'dc2', partition: 'ap1', namespace: 'ns 1' });
    await client.catalogService('api', { filter: '"a b" in X', mergeCentralConfig: true });
    expect(last()?.url).toBe(
      '/v1/catalog/service/api?filter=%22a+b%22+in+X&merge-central-config=true&dc=dc2&partition=ap1&ns=ns+1',
    );
    await client.catalogServices({ namespace: '*', partition: 'ap2' });
    expect(last()?.url).toBe('/v1/catalog/services?dc=dc2&partition=ap2&ns=*');
  });

  it('goes to the origin, whatever else an address holds', async () => {
    client = clientOf(server.origin.replace('127', 'user:pass@127').concat('/path?query'));
    await client.peerings();
    expect(last()?.url).toBe('/v1/peerings');
    expect(last()?.headers).not.toHaveProperty('authorization');
  });

  it('is every name as it is, however hostile', async () => {
    client = clientOf(server.origin);
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(name, async (name) => {
        fc.pre(name !== '.' && name !== '..');
        expect(await client.healthService(name)).toMatchObject({ ok: true });
        const [, route, segment] = /^\/v1\/health\/(service)\/([^/?#]*)$/.exec(last()?.url ?? '') ?? [];
        expect([route, decodeURIComponent(segment ?? '')]).toEqual(['service', name]);
      }),
      { numRuns: 200 },
    );
  });

  it.each(['', '.', '..', '\ud800'])('is nothing where the name %j fits into no path', async (name) => {
    client = clientOf(server.origin);
    const before = server.requests.length;
    const error = failureOf(await client.healthService(name));
    expect(error).toMatchObject({ kind: 'malformed', cause: 'bad-name' });
    expect(server.requests).toHaveLength(before);
  });

  it('is at most 64 questions at once, and their answers are put together in order', async () => {
    const authorizing = await serve((response) => {
      const body = authorizing.requests.at(-1)?.body ?? '';
      const questions = JSON.parse(body) as { Segment: string }[];
      send(
        response,
        questions.length > 64 ? 400 : 200,
        JSON.stringify(questions.map((question) => ({ ...question, Allow: question.Segment.endsWith('7') }))),
      );
    });
    client = clientOf(authorizing.origin);
    const questions = Array.from({ length: 150 }, (_, i) => ({
      Resource: 'service',
      Access: 'read',
      Segment: `s${i}`,
    }));
    expect(await client.authorize(questions)).toMatchObject({
      ok: true,
      value: questions.map((question) => ({ ...question, Allow: question.Segment.endsWith('7') })),
    });
    expect(authorizing.requests).toHaveLength(3);
    await authorizing.close();
  });

  it('is taken for malformed where answers are missing', async () => {
    client = clientOf(server.origin);
    const answer = await client.authorize([{ Resource: 'mesh', Access: 'read' }]);
    expect(failureOf(answer).kind).toBe('malformed');
  });
});

describe('plain HTTP', () => {
  const elsewhere = 'http://192.0.2.1:8500';
  const limits = { requestMs: 100, writeMs: 100 };

  it('to another machine is refused with a token, and for what answers with one', async () => {
    client = clientOf(elsewhere, { limits });
    expect(failureOf(await client.leader())).toMatchObject({ kind: 'unreachable', cause: 'plain-http' });
    client.close();
    client = anonymousOf(elsewhere, { limits });
    expect(failureOf(await client.generatePeeringToken('west'))).toMatchObject({ cause: 'plain-http' });
  });

  it('to another machine is taken without a token, or where it is allowed', async () => {
    client = anonymousOf(elsewhere, { limits });
    expect(failureOf(await client.leader()).cause).not.toBe('plain-http');
    client.close();
    client = clientOf(elsewhere, { limits, allowPlainHttp: true });
    expect(failureOf(await client.leader()).cause).not.toBe('plain-http');
  });

  it.each(['127.0.0.1', 'localhost', '127.1.2.3'])('to %s is loopback', async (host) => {
    client = clientOf(`http://${host}:1`);
    expect(failureOf(await client.leader())).toMatchObject({ cause: 'refused' });
  });

  it('to [::1] is loopback', async () => {
    client = clientOf('http://[::1]:1');
    expect(failureOf(await client.leader()).cause).not.toBe('plain-http');
  });

  it.each(['127.0.0.1.example.com', 'localhost.example.com', '[::ffff:192.0.2.1]', '0x7f.1.example'])(
    'to %s is not',
    async (host) => {
      client = clientOf(`http://${host}:1`, { limits });
      expect(failureOf(await client.leader())).toMatchObject({ cause: 'plain-http' });
    },
  );
});

describe('a proxy in the environment', () => {
  it.each(['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'])(
    'is not taken from %s',
    async (variable) => {
      const proxy = await serve((response) => send(response, 200, '[]'));
      const before = { ...process.env };
      Object.assign(process.env, { [variable]: proxy.origin, NO_PROXY: '', no_proxy: '' });
      try {
        client = clientOf(server.origin);
        expect(await client.peerings()).toMatchObject({ ok: true });
        client.close();
        client = clientOf('https://nowhere.invalid', { limits: { retries: 0 } });
        expect(failureOf(await client.peerings())).toMatchObject({ cause: 'dns' });
        expect(proxy.connections()).toBe(0);
      } finally {
        process.env = before;
        await proxy.close();
      }
    },
  );
});

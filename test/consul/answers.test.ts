import { gzipSync } from 'node:zlib';
import { clientOf, failureOf, type Handler, send, serve, type TestServer, until } from './server';
import type { ConsulClient, ConsulClientOptions } from '../../src/consul/client';

let server: TestServer;
let client: ConsulClient;

const start = async (handler: Handler, options: Partial<ConsulClientOptions> = {}): Promise<void> => {
  server = await serve(handler);
  client = clientOf(server.origin, options);
};

afterEach(async () => {
  client.close();
  await server.close();
});

const MiB = 1024 * 1024;

describe('an answer that is whole', () => {
  it('is parsed to the fields that are read, and described', async () => {
    const body = '[{"Name":"west","State":"ACTIVE","Unread":1,"PeerCAPems":null}]';
    await start((response) =>
      send(response, 200, body, {
        date: 'Mon, 23 Nov 2026 06:16:25 GMT',
        'x-consul-results-filtered-by-acls': 'true',
        'x-consul-default-acl-policy': 'deny',
      }),
    );
    const answer = await client.peerings();
    expect(answer).toMatchObject({
      ok: true,
      value: [{ Name: 'west', State: 'ACTIVE', PeerCAPems: [], Meta: {} }],
      meta: {
        endpoint: '/v1/peerings',
        filteredByAcls: true,
        defaultAclPolicy: 'deny',
        dateMs: Date.UTC(2026, 10, 23, 6, 16, 25),
        bytes: body.length,
      },
    });
    expect(JSON.stringify(answer)).not.toContain('Unread');
  });

  it('is unpacked where it is compressed', async () => {
    const body = JSON.stringify({ api: ['a tag'], __proto__x: [], ['__proto__']: [] });
    await start((response) => send(response, 200, gzipSync(body), { 'content-encoding': 'gzip' }));
    const answer = await client.catalogServices();
    expect(answer).toMatchObject({ ok: true, meta: { filteredByAcls: false, bytes: body.length } });
    expect(answer.ok && answer.value).toEqual(Object.keys(JSON.parse(body) as object));
  });

  it('is asked for compressed but from this machine itself', async () => {
    await start((response) => send(response, 200, '{}'));
    // Linux takes the unspecified address for this machine; by its name it could be any.
    const other = clientOf(`http://0.0.0.0:${server.port}`, { allowPlainHttp: true });
    await client.catalogServices();
    await other.catalogServices();
    other.close();
    expect(server.requests.map(({ headers }) => headers['accept-encoding'])).toEqual(['identity', 'gzip']);
  });

  it('may be null or absent where Consul means an empty list', async () => {
    await start((response) => send(response, 200, 'null'));
    expect(await client.catalogService('api')).toMatchObject({ ok: true, value: [] });
  });
});

describe('an answer that is not Consul’s', () => {
  it.each<[string, string | Buffer, Record<string, string>]>([
    ['empty', '', {}],
    ['blank', ' \n', {}],
    ['cut short', '[{"Name":"west","Sta', {}],
    ['HTML', '<!doctype html><title>Log in</title>', { 'content-type': 'text/html' }],
    ['of another shape', '{"Name":"west"}', {}],
    ['wrong inside', '[{"Name":"west","State":"ACTIVE"},{"Name":7,"State":"ACTIVE"}]', {}],
    ['not UTF-8', Buffer.from([0xff, 0xfe, 0x5b, 0x5d]), {}],
    ['not gzip although it says so', '[]', { 'content-encoding': 'gzip' }],
    ['gzip cut short', gzipSync('[]').subarray(0, 12), { 'content-encoding': 'gzip' }],
    ['in an encoding not asked for', '[]', { 'content-encoding': 'br' }],
  ])('is malformed where it is %s, and is not asked for again', async (_, body, headers) => {
    await start((response) => send(response, 200, body, headers));
    expect(failureOf(await client.peerings())).toMatchObject({
      kind: 'malformed',
      endpoint: '/v1/peerings',
      status: 200,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('is malformed where what answers does not speak HTTP', async () => {
    await start((response) => response.socket?.end('220 mail.example ESMTP\r\n'));
    expect(failureOf(await client.peerings())).toMatchObject({ kind: 'malformed' });
  });

  it('is a failure where the server changes to another protocol', async () => {
    await start((response) =>
      response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    );
    expect(failureOf(await client.peerings())).toMatchObject({ kind: 'unreachable' });
  });

  it('names the place that is wrong and what was expected there, and no value', async () => {
    const name = { secret: 'not-to-be-shown' };
    await start((response) =>
      send(
        response,
        200,
        JSON.stringify([
          { Name: 'x', State: 'ACTIVE' },
          { Name: name, State: 'ACTIVE' },
        ]),
      ),
    );
    const { message } = failureOf(await client.peerings());
    expect(message).toContain('[1].Name');
    expect(message).toContain('string');
    expect(message).not.toContain('not-to-be-shown');
  });

  it('cannot fill a message, nor break it over lines', async () => {
    const hostile = `<!channel>\n\u202e${'x'.repeat(10_000)}`;
    await start((response, nth) =>
      nth === 1
        ? send(response, 500, hostile)
        : send(response, 200, JSON.stringify({ api: [], [hostile]: 'not a list' })),
    );
    for (const answer of [
      await client.peerings(),
      await client.agentSelf(),
      await client.catalogServices(),
    ]) {
      const { message } = failureOf(answer);
      expect(message.length).toBeLessThan(600);
      expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
});

describe('an answer that is too large', () => {
  /** Writes as fast as it is taken, until the connection ends; resolves to the bytes that were taken. */
  const flood = (response: Parameters<Handler>[0], total: number): Promise<number> =>
    new Promise((resolve) => {
      const chunk = Buffer.alloc(MiB, ' ');
      let written = 0;
      const more = (): void => {
        while (written < total) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        response.end('[]');
      };
      response.once('close', () => resolve(written));
      more();
    });

  it('is given up at 64 MiB of 100 MB', async () => {
    let taken: Promise<number> | undefined;
    await start((response) => {
      response.writeHead(200);
      taken = flood(response, 100 * MiB);
    });
    expect(failureOf(await client.peerings())).toMatchObject({ kind: 'too-large', status: 200 });
    expect(await taken).toBeLessThan(90 * MiB);
  });

  it('is not read at all where it says so before', async () => {
    let taken: Promise<number> | undefined;
    await start((response) => {
      response.writeHead(200, { 'content-length': 100 * MiB });
      taken = flood(response, 100 * MiB);
    });
    expect(failureOf(await client.peerings())).toMatchObject({ kind: 'too-large' });
    expect(await taken).toBeLessThan(30 * MiB);
  });

  it('is given up where it only becomes so when unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(80 * MiB, ' '));
    expect(bomb.length).toBeLessThan(MiB);
    await start((response) => send(response, 200, bomb, { 'content-encoding': 'gzip' }));
    expect(failureOf(await client.peerings())).toMatchObject({ kind: 'too-large' });
  });

  it('is given up where it is packed and unpacks to nothing, for ever', async () => {
    const nothing = gzipSync('');
    const limits = { answerBytes: 4 * MiB };
    await start(
      (response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        const more = (): void => {
          while (!response.destroyed) {
            if (!response.write(Buffer.concat(Array.from({ length: 1000 }, () => nothing)))) {
              return void response.once('drain', more);
            }
          }
        };
        more();
      },
      { limits },
    );
    expect(failureOf(await client.peerings())).toMatchObject({ kind: 'too-large' });
  });

  it('is fine at exactly the limit', async () => {
    const limits = { answerBytes: 10 };
    await start((response, nth) => send(response, 200, nth === 1 ? '[        ]' : '[         ]'), { limits });
    expect(await client.peerings()).toMatchObject({ ok: true, value: [] });
    expect(failureOf(await client.peerings())).toMatchObject({ kind: 'too-large' });
  });
});

describe('an answer that takes too long', () => {
  const limits = { requestMs: 500 };
  const drip: Handler = (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(' '), 10);
    response.once('close', () => clearInterval(timer));
  };

  it('is given up before its head', async () => {
    await start(() => undefined, { limits });
    expect(failureOf(await client.peerings())).toMatchObject({ kind: 'timeout' });
    expect(server.requests).toHaveLength(1);
  });

  it('is given up although a byte comes now and then', async () => {
    let closed = false;
    await start(
      (response, nth, request) => {
        response.once('close', () => (closed = true));
        drip(response, nth, request);
      },
      { limits },
    );
    const error = failureOf(await client.peerings());
    expect(error).toMatchObject({ kind: 'timeout' });
    expect(error.cause).toBeUndefined();
    expect(server.requests).toHaveLength(1);
    await until(() => closed);
  });

  it('tells what was seen before, where only the retry was cut off', async () => {
    await start((response, nth) => (nth === 1 ? send(response, 500, 'No cluster leader') : undefined), {
      limits,
    });
    expect(failureOf(await client.peerings())).toMatchObject({ kind: 'server', cause: 'no-leader' });
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('%i is not followed, and its target is named', async (status) => {
    const target = await serve((response) => send(response, 200, '[]'));
    await start((response) => send(response, status, '', { location: `${target.origin}/elsewhere` }));
    const error = failureOf(await client.peerings());
    expect(error).toMatchObject({ kind: 'malformed', cause: 'redirect', status });
    expect(error.message).toContain(target.origin);
    expect(server.requests).toHaveLength(1);
    expect(target.connections()).toBe(0);
    await target.close();
  });
});

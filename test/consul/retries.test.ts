import type { ServerResponse } from 'node:http';
import type { ConsulClient, ConsulClientOptions } from '../../src/consul/client';
import { clientOf, failureOf, type Handler, inNode, send, serve, type TestServer, until } from './server';

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

/** Half of an answer, then the end of the connection. */
const resetInTheMiddle = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-length': 100 });
  response.write('[', () => response.socket?.resetAndDestroy());
};

const passing: readonly (readonly [string, Handler])[] = [
  ['429', (response) => send(response, 429, 'rate limit exceeded, try again later')],
  ['503', (response) => send(response, 503, 'resolver error')],
  ['no leader', (response) => send(response, 500, 'rpc error making call: No cluster leader')],
  ['a connection closed before the answer', (response) => response.socket?.destroy()],
  ['a connection reset in the middle of the answer', resetInTheMiddle],
];

describe('a read', () => {
  it.each(passing)('is asked again after %s, and then good', async (_, broken) => {
    await start((response, nth, request) =>
      nth < 3 ? broken(response, nth, request) : send(response, 200, '[]'),
    );
    expect(await client.peerings()).toMatchObject({ ok: true, value: [] });
    expect(server.requests).toHaveLength(3);
  });

  it.each(passing)('is given up after the third time: %s', async (_, broken) => {
    await start(broken);
    expect(failureOf(await client.peerings()).kind).not.toBe('malformed');
    expect(server.requests).toHaveLength(3);
  });

  it('that is a POST is asked again too', async () => {
    await start((response, nth) => send(response, nth === 1 ? 503 : 200, nth === 1 ? '' : '[]'));
    expect(await client.authorize([])).toMatchObject({ ok: true, value: [] });
    expect(server.requests).toHaveLength(2);
  });

  it.each([400, 401, 403, 404, 500, 501, 502])('is not asked again after a plain %i', async (status) => {
    await start((response) => send(response, status, 'Internal error'));
    expect(failureOf(await client.peerings()).status).toBe(status);
    expect(server.requests).toHaveLength(1);
  });

  it('waits a random time that doubles, between nothing and the limit', async () => {
    const draws: number[] = [];
    const times: number[] = [];
    const random = (): number => {
      draws.push(1);
      return 0.999;
    };
    await start(
      (response) => {
        times.push(performance.now());
        send(response, 503, '');
      },
      { random, limits: { retryMs: 60 } },
    );
    await client.peerings();
    const [first = 0, second = 0, third = 0] = times;
    expect(draws).toHaveLength(2);
    // Timers may fire a little early, never much.
    expect(second - first).toBeGreaterThan(55);
    expect(third - second).toBeGreaterThan(110);
  });

  it('is refused a connection: unreachable, and nothing was sent', async () => {
    await start(() => undefined);
    await server.close();
    const error = failureOf(await client.peerings());
    expect(error).toMatchObject({ kind: 'unreachable', cause: 'refused' });
    expect(error.message).toContain(server.origin);
  });

  it('of a host that does not exist is unreachable', async () => {
    await start(() => undefined);
    const nowhere = clientOf('http://nowhere.invalid:8500', { allowPlainHttp: true });
    expect(failureOf(await nowhere.peerings())).toMatchObject({ kind: 'unreachable', cause: 'dns' });
  });
});

describe('a write', () => {
  const writes: readonly (readonly [string, (client: ConsulClient) => Promise<unknown>])[] = [
    ['generatePeeringToken', (client) => client.generatePeeringToken('west')],
    ['establishPeering', (client) => client.establishPeering('east', 'token')],
    ['deletePeering', (client) => client.deletePeering('west')],
  ];
  it.each(
    writes.flatMap(([name, write]) => passing.map(([what, broken]) => [name, what, write, broken] as const)),
  )('%s is sent once: %s', async (_, __, write, broken) => {
    await start(broken);
    expect(await write(client)).toMatchObject({ ok: false });
    expect(server.requests).toHaveLength(1);
  });

  it('has a connection of its own, as one that died while idle would leave it in doubt', async () => {
    await start((response) => send(response, 200, '[]'));
    await client.peerings();
    await client.peerings();
    expect(server.connections()).toBe(1);
    await client.deletePeering('west');
    expect(server.connections()).toBe(2);
  });

  it('has a time limit of its own', async () => {
    await start(() => undefined, { limits: { requestMs: 10_000, writeMs: 50 } });
    expect(failureOf(await client.establishPeering('east', 'token'))).toMatchObject({ kind: 'timeout' });
  });
});

describe('a signal', () => {
  it('that has fired already: nothing is sent', async () => {
    await start((response) => send(response, 200, '[]'));
    const answer = await client.peerings({ signal: AbortSignal.abort() });
    expect(failureOf(answer)).toMatchObject({ kind: 'timeout', cause: 'cancelled' });
    expect(server.requests).toHaveLength(0);
  });

  it.each<[string, Handler]>([
    ['for the head', () => undefined],
    ['for the rest of the body', (response) => void response.writeHead(200).write('[')],
  ])('ends the wait %s, and the connection', async (_, handler) => {
    let closed = false;
    const controller = new AbortController();
    await start((response, nth, request) => {
      response.once('close', () => (closed = true));
      handler(response, nth, request);
      setTimeout(() => controller.abort(), 20);
    });
    const answer = await client.peerings({ signal: controller.signal });
    expect(failureOf(answer)).toMatchObject({ kind: 'timeout', cause: 'cancelled' });
    await until(() => closed);
    expect(server.requests).toHaveLength(1);
  });

  it('ends the wait for a retry: no retry is sent, and the first failure is returned', async () => {
    const controller = new AbortController();
    await start(
      (response) => {
        send(response, 503, 'busy');
        setTimeout(() => controller.abort(), 30);
      },
      { random: () => 0.999, limits: { retryMs: 5_000 } },
    );
    const started = performance.now();
    const answer = await client.peerings({ signal: controller.signal });
    expect(failureOf(answer)).toMatchObject({ kind: 'server', status: 503 });
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(server.requests).toHaveLength(1);
  });

  it('ends the wait for a turn, and gives no turn away', async () => {
    const held: ServerResponse[] = [];
    await start((response) => void held.push(response), { limits: { connections: 1 } });
    const controller = new AbortController();
    const first = client.peerings();
    const second = client.leader({ signal: controller.signal });
    const third = client.agentSelf();
    await until(() => held.length === 1);
    controller.abort();
    expect(failureOf(await second)).toMatchObject({ kind: 'timeout', cause: 'cancelled' });
    send(held[0] as ServerResponse, 200, '[]');
    expect((await first).ok).toBe(true);
    await until(() => held.length === 2);
    send(held[1] as ServerResponse, 403, '');
    expect((await third).ok).toBe(false);
    expect(server.requests.map((request) => request.url)).toEqual(['/v1/peerings', '/v1/agent/self']);
  });

  it('may be shared by hundreds of requests without a warning of a leak', async () => {
    await start((response) => send(response, 200, '"a leader"'));
    const { stdout, stderr } = await inNode(
      `const client = createConsulClient({ cluster: 'lab', address: '${server.origin}', tls: {} });
       const { signal } = new AbortController();
       Promise.all(Array.from({ length: 100 }, () => client.leader({ signal }))).then((answers) => {
         console.log(answers.filter((answer) => answer.ok).length);
         client.close();
       })`,
    );
    expect([stdout.trim(), stderr]).toEqual(['100', '']);
  });
});

describe('many requests at once', () => {
  it('share at most 64 connections, which are kept', async () => {
    let open = 0;
    let highest = 0;
    await start((response) => {
      open += 1;
      highest = Math.max(highest, open);
      setTimeout(() => {
        open -= 1;
        send(response, 200, '[]');
      }, 5);
    });
    const ask = () => Promise.all(Array.from({ length: 200 }, () => client.peerings()));
    const answers = [...(await ask()), ...(await ask())];
    expect(answers.every((answer) => answer.ok)).toBe(true);
    expect(highest).toBe(64);
    expect(server.connections()).toBe(64);
  });

  it('have their time limit from their turn on, not from the first wait', async () => {
    await start((response) => setTimeout(() => send(response, 200, '[]'), 200), {
      limits: { connections: 1, requestMs: 600 },
    });
    const answers = await Promise.all(Array.from({ length: 4 }, () => client.peerings()));
    expect(answers.map((answer) => answer.ok)).toEqual([true, true, true, true]);
  });
});

describe('the observer', () => {
  it('gets the route, outcome and time of every call, and no name', async () => {
    const seen: unknown[] = [];
    await start((response, nth) => send(response, nth === 1 ? 404 : 200, '{}'), {
      onRequest: (observed) => seen.push(observed),
    });
    await client.peering('a-name');
    await client.catalogServices({ filter: 'a-name' });
    const number = expect.any(Number) as number;
    const times = { startedAt: number, tookMs: number };
    expect(seen).toEqual([
      { cluster: 'lab', endpoint: '/v1/peering/:name', outcome: 'not-found', ...times },
      { cluster: 'lab', endpoint: '/v1/catalog/services', outcome: 'ok', ...times },
    ]);
  });
});

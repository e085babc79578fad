import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { ConsulClient } from '../../src/consul/client';
import { makeCertificate } from './certificates';
import { canary, clientOf, failureOf, type Handler, send, serve, type TestServer } from './server';

const peeringToken = Buffer.from('{"EstablishmentSecret":"p33r1n6-5ec7e7"}').toString('base64');

/** Every way in which something may end up in a log. */
const printed = (value: unknown): string =>
  [
    inspect(value, {
      depth: Number.POSITIVE_INFINITY,
      showHidden: true,
      maxStringLength: null,
      getters: true,
    }),
    JSON.stringify(value),
    String(value),
    value instanceof Error ? `${value.message}${value.stack}` : '',
  ].join('\n');

/** A cluster that sends back what it gets, in every place that a message could take it from. */
const echoes: readonly (readonly [string, Handler])[] = [
  ['an error', (response) => send(response, 500, `bad token ${canary} ${canary}`)],
  ['an error that is cut within it', (response) => send(response, 403, `${'x'.repeat(190)}${canary}`)],
  ['an error with spaces before it', (response) => send(response, 403, `${' '.repeat(3_990)}${canary}`)],
  ['an error page', (response) => send(response, 502, `<p>${canary}</p>`)],
  ['a redirect', (response) => send(response, 302, '', { location: `https://evil.example/?t=${canary}` })],
  ['an answer cut short', (response) => send(response, 200, `{"SecretID":"${canary}"`)],
  ['an answer that is no JSON', (response) => send(response, 200, canary)],
  ['a page', (response) => send(response, 200, `<html>${canary}`)],
  ['a value of the wrong type', (response) => send(response, 200, `[{"Name":{"${canary}":1}}]`)],
  ['a key of the wrong type', (response) => send(response, 200, `{"Meta":{"${canary}":1},"Name":"x"}`)],
  ['an encoding', (response) => send(response, 200, '[]', { 'content-encoding': canary })],
  [
    'a reset',
    (response) =>
      void response
        .writeHead(200, { 'content-length': 99 })
        .write(canary, () => response.socket?.resetAndDestroy()),
  ],
  ['a reason phrase', (response) => void response.writeHead(500, canary).end()],
  ['too much', (response) => send(response, 200, canary.repeat(2_000))],
  [
    'too much, packed',
    (response) => send(response, 200, gzipSync(canary.repeat(2_000)), { 'content-encoding': 'gzip' }),
  ],
  ['no HTTP', (response) => response.socket?.end(`${canary}\r\n`)],
  ['nothing', () => undefined],
];

const reads: readonly (readonly [string, (client: ConsulClient) => Promise<unknown>])[] = [
  ['peerings', (client) => client.peerings()],
  ['peering', (client) => client.peering('west')],
  ['aclTokenSelf', (client) => client.aclTokenSelf()],
  ['authorize', (client) => client.authorize([{ Resource: 'mesh', Access: 'read' }])],
  ['generatePeeringToken', (client) => client.generatePeeringToken('west')],
];

describe('the token of a cluster', () => {
  let server: TestServer;
  let client: ConsulClient;
  afterEach(async () => {
    client.close();
    await server.close();
  });

  it.each(echoes.flatMap(([where, echo]) => reads.map(([name, read]) => [where, name, echo, read] as const)))(
    'is in no failure and no observation where it comes back in %s (%s)',
    async (where, _, echo, read) => {
      const observed: unknown[] = [];
      server = await serve(echo);
      client = clientOf(server.origin, {
        limits: { answerBytes: 50_000, ...(where === 'nothing' ? { requestMs: 300, writeMs: 300 } : {}) },
        onRequest: (one) => observed.push(one),
      });
      const answer = await read(client);
      expect(answer).toMatchObject({ ok: false });
      expect(server.requests[0]?.headers['x-consul-token']).toBe(canary);
      // No half of it either.
      expect(printed([answer, observed, client])).not.toContain(canary.slice(0, 8));
    },
  );

  it('is in no failure without an answer', async () => {
    const itself = makeCertificate('itself');
    server = await serve(() => undefined, { cert: itself.cert, key: itself.key });
    const failures: unknown[] = [];
    for (const address of [
      server.origin,
      'http://127.0.0.1:1',
      'http://192.0.2.1',
      'https://nowhere.invalid',
    ]) {
      client = clientOf(address, { limits: { requestMs: 500 } });
      failures.push(failureOf(await client.peerings()));
      failures.push(failureOf(await client.peerings({ signal: AbortSignal.abort() })));
      client.close();
    }
    expect(failures).toHaveLength(8);
    expect(printed(failures)).not.toContain(canary.slice(0, 8));
  });

  it('is in no failure where it was given for a name', async () => {
    server = await serve((response) => send(response, 404, `Peering not found for "${canary}"`));
    client = clientOf(server.origin);
    expect(printed(await client.peering(canary))).not.toContain(canary.slice(0, 8));
    expect(server.requests[0]?.url).toBe(`/v1/peering/${canary}`);
  });
});

describe('a peering token', () => {
  let server: TestServer;
  let client: ConsulClient;
  const start = async (handler: Handler): Promise<void> => {
    server = await serve(handler);
    client = clientOf(server.origin);
  };
  afterEach(async () => {
    client.close();
    await server.close();
  });

  it('is in the value where it was generated', async () => {
    await start((response) => send(response, 200, JSON.stringify({ PeeringToken: peeringToken })));
    expect(await client.generatePeeringToken('west', { meta: { request: '7' } })).toMatchObject({
      ok: true,
      value: { PeeringToken: peeringToken },
    });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ PeerName: 'west', Meta: { request: '7' } });
  });

  it.each([
    `{"PeeringToken":"${peeringToken}`,
    `{"PeeringTokens":"${peeringToken}"}`,
    `{"PeeringToken":{"${peeringToken}":1}}`,
    `"${peeringToken}"`,
    '{"PeeringToken":""}',
  ])('is in no failure where the answer that brings it is %s', async (body) => {
    await start((response) => send(response, 200, body));
    const error = failureOf(await client.generatePeeringToken('west'));
    expect(error.kind).toBe('malformed');
    expect(printed(error)).not.toContain(peeringToken.slice(0, 12));
  });

  it('is in no failure where the answer that brings it is an error', async () => {
    const secret = '5ec7e75e-c7e7-4ec7-8e75-ec7e75ec7e75';
    const long = Buffer.from(JSON.stringify({ EstablishmentSecret: secret })).toString('base64');
    await start((response) =>
      send(response, 500, `cannot answer ${secret}, ${long} or ${long.slice(0, 60)}`),
    );
    for (const answer of [
      await client.generatePeeringToken('west'),
      await client.establishPeering('east', 'x'),
    ]) {
      const error = failureOf(answer);
      expect(error).toMatchObject({
        kind: 'server',
        message: expect.stringContaining('cannot answer') as string,
      });
      expect(printed(error)).not.toContain(secret.slice(0, 8));
      expect(printed(error)).not.toContain(long.slice(0, 12));
    }
  });

  it('is in no failure of establishing with it', async () => {
    await start((response) => send(response, 500, `illegal token ${peeringToken} of ${canary}`));
    const error = failureOf(await client.establishPeering('east', peeringToken));
    expect(server.requests[0]?.body).toContain(peeringToken);
    expect(printed(error)).not.toContain(peeringToken.slice(0, 12));
    expect(printed(error)).not.toContain(canary.slice(0, 8));
  });
});

describe('the SecretID of a token that is read', () => {
  it('is dropped', async () => {
    const secret = 'd20pp3d0-0000-0000-0000-000000000000';
    const token = { AccessorID: 'a', SecretID: secret, Policies: [{ ID: '1', Name: 'p', SecretID: secret }] };
    const server = await serve((response, _, request) =>
      send(response, 200, JSON.stringify(request.url?.startsWith('/v1/acl/tokens') ? [token] : token)),
    );
    const client = clientOf(server.origin);
    const answers = [await client.aclTokenSelf(), await client.aclToken('a'), await client.aclTokens()];
    client.close();
    await server.close();
    expect(answers.map((answer) => answer.ok)).toEqual([true, true, true]);
    expect(printed(answers)).not.toContain(secret);
  });
});

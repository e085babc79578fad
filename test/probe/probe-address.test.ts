import { probeAddress, type ProbeOptions, type ProbeResult } from '../../src/probe/probe-address';
import { waitFor } from '../lab/process';
import { type ProbedServer, startPlain, startTls } from './servers';

const started: ProbedServer[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});
const keep = async (starting: Promise<ProbedServer>): Promise<ProbedServer> => {
  const server = await starting;
  started.push(server);
  return server;
};

const probe = (
  port: number,
  {
    host = '127.0.0.1',
    serverName,
    ...options
  }: Partial<ProbeOptions> & { host?: string; serverName?: string | undefined } = {},
): Promise<ProbeResult> =>
  probeAddress(
    { host, port, serverName },
    { timeoutMs: 5000, allowLoopback: true, signal: new AbortController().signal, ...options },
  );

const uri = 'spiffe://example.consul/agent/server/dc/dc1';

describe('a TLS server', () => {
  it('is named by trust domain and end of validity, with the times', async () => {
    const { port } = await keep(startTls({ uri, days: 3 }));
    const result = await probe(port);
    expect(result).toEqual({
      outcome: 'tls',
      resolved: ['127.0.0.1'],
      connectMs: expect.any(Number),
      handshakeMs: expect.any(Number),
      certificate: { trustDomain: 'example.consul', notAfter: expect.any(String) },
    });
    const days = (Date.parse(result.certificate?.notAfter ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(2.9);
    expect(days).toBeLessThan(3.1);
  });

  it.each([
    ['expired certificate', { uri, days: -2 }, 'example.consul'],
    ['certificate without a SPIFFE id', {}, ''],
    ['SPIFFE id of another shape', { uri: 'spiffe://Bad_Name/x' }, ''],
    ['demand for a certificate of the client', { uri, requestsCertificate: true }, 'example.consul'],
  ])('with an %s is shown all the same', async (_name, options, trustDomain) => {
    const { port } = await keep(startTls(options));
    expect(await probe(port)).toMatchObject({ outcome: 'tls', certificate: { trustDomain } });
  });

  it('is asked for the name that is given, and for none that is no name', async () => {
    const names: string[] = [];
    const { port } = await keep(startTls({ uri, onName: (name) => names.push(name) }));
    for (const serverName of [
      'server.dc1.peering.example.consul',
      undefined,
      '10.0.0.1',
      'a b\r\n',
      'x'.repeat(300),
    ]) {
      expect((await probe(port, { serverName })).outcome).toBe('tls');
    }
    expect(names).toEqual(['server.dc1.peering.example.consul']);
  });

  it('completes the handshake, and receives nothing after it', async () => {
    let completed = 0;
    const received: number[] = [];
    const server = await keep(
      startTls({
        uri,
        onSecure: (socket) => {
          completed += 1;
          socket.on('data', (part: Buffer) => received.push(part.length));
        },
      }),
    );
    await probe(server.port);
    await waitFor('the server to complete it', () => completed === 1);
    expect(received).toEqual([]);
  });
});

describe('a server that does not speak TLS', () => {
  it.each<[string, Parameters<typeof startPlain>[0]]>([
    ['hangs up', (socket) => socket.destroy()],
    ['answers with garbage', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')],
    [
      'answers with a record of no sense',
      (socket) => socket.write(Buffer.from([22, 3, 3, 255, 255, 0, 0, 0])),
    ],
    [
      'floods',
      (socket) => {
        const flood = (): void => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 7)));
        };
        socket.on('drain', flood);
        flood();
      },
    ],
  ])('%s, and is known to accept connections', async (_name, answer) => {
    const { port } = await keep(startPlain(answer));
    expect(await probe(port)).toEqual({
      outcome: 'connected',
      resolved: ['127.0.0.1'],
      connectMs: expect.any(Number),
    });
  });

  it.each<[string, Parameters<typeof startPlain>[0]]>([
    ['never answers', () => undefined],
    [
      'answers a byte at a time',
      (socket) => {
        const timer = setInterval(() => socket.write(Buffer.from([22])), 20);
        socket.on('close', () => clearInterval(timer));
      },
    ],
  ])('%s, and is left when the time is over', async (_name, answer) => {
    const server = await keep(startPlain(answer));
    expect((await probe(server.port, { timeoutMs: 300 })).outcome).toBe('connected');
    // It received the first message of a handshake.
    expect([...server.received().subarray(0, 3)]).toEqual([22, 3, 1]);
  });
});

describe('no server', () => {
  it('refuses', async () => {
    const { port, stop } = await startTls();
    await stop();
    expect(await probe(port)).toEqual({ outcome: 'refused', resolved: ['127.0.0.1'] });
  });

  it('is a name without an address', async () => {
    const nowhere = Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
    expect(await probe(1, { host: 'gone.example', resolve: () => Promise.reject(nowhere) })).toEqual({
      outcome: 'unresolved',
      resolved: [],
    });
  });

  it('is a name whose resolver never answers', async () => {
    const resolve = (): Promise<never> => new Promise(() => undefined);
    expect((await probe(1, { host: 'slow.example', resolve, timeoutMs: 100 })).outcome).toBe('timeout');
  });
});

describe('addresses that are never connected to', () => {
  const named = (...addresses: readonly string[]) => ({
    host: 'gateway.example',
    resolve: () =>
      Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))),
  });

  it('loopback, unless it is given as such and allowed', async () => {
    const server = await keep(startTls({ uri }));
    expect((await probe(server.port, { allowLoopback: false })).outcome).toBe('forbidden');
    expect((await probe(server.port, named('127.0.0.1'))).outcome).toBe('forbidden');
    expect((await probe(server.port, { ...named('127.0.0.1'), host: 'localhost' })).outcome).toBe(
      'forbidden',
    );
    expect(server.connections()).toBe(0);
    expect((await probe(server.port)).outcome).toBe('tls');
    expect(server.connections()).toBe(1);
  });

  it('those that a name resolves to beside others', async () => {
    const resolved = ['169.254.169.254', '127.0.0.1'];
    expect(await probe(80, named(...resolved))).toEqual({ outcome: 'forbidden', resolved });
  });

  it.each(['2130706433', '0x7f000001', '0177.0.0.1', '127.1', '１２７。0。0。1'])(
    'loopback, spelled %s, which resolvers read as its address',
    async (host) => {
      const server = await keep(startTls({ uri }));
      // Resolvers of some systems read only the usual spelling.
      expect(['forbidden', 'unresolved']).toContain((await probe(server.port, { host })).outcome);
      expect(server.connections()).toBe(0);
    },
  );

  it('a name is resolved once, and only the address that was checked is connected to', async () => {
    const answers = [['192.0.2.1'], ['127.0.0.1']];
    const resolve = jest.fn(() =>
      Promise.resolve((answers.shift() ?? []).map((address) => ({ address, family: 4 }))),
    );
    const server = await keep(startTls({ uri }));
    await probe(server.port, { host: 'localhost', resolve, timeoutMs: 200 });
    expect(resolve).toHaveBeenCalledTimes(1);
    expect(server.connections()).toBe(0);
  });
});

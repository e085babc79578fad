import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { waitFor } from '../lab/process';
import { startSlackProxy } from './slack-proxy';
import { startTcpProxy, type TcpProxy } from './tcp-proxy';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

describe('the proxy of connections', () => {
  const start = async (): Promise<TcpProxy> => {
    const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    ends.push(() => echo.close());
    const proxy = await startTcpProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
    ends.push(proxy.stop);
    return proxy;
  };
  const open = async ({ port }: TcpProxy): Promise<{ socket: Socket; heard: () => string }> => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    ends.push(() => socket.destroy());
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk.toString();
    });
    return { socket, heard: () => heard };
  };
  const echoes = async ({ socket, heard }: Awaited<ReturnType<typeof open>>, text: string): Promise<void> => {
    socket.write(text);
    await waitFor('the echo', () => heard().includes(text), { timeoutMs: 2000 });
  };

  it('refuses, and is back on the same port', async () => {
    const proxy = await start();
    const first = await open(proxy);
    await echoes(first, 'a');
    proxy.refuse();
    await waitFor('the end', () => first.socket.destroyed);
    await expect(open(proxy)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.heal();
    await echoes(await open(proxy), 'b');
  });

  it('stalls, and delivers what it held', async () => {
    const proxy = await start();
    const old = await open(proxy);
    proxy.stall();
    const young = await open(proxy);
    for (const { socket } of [old, young]) socket.write('held');
    await expect(echoes(old, 'a')).rejects.toThrow('waited');
    expect([old.heard(), young.heard()]).toEqual(['', '']);
    await proxy.heal();
    await waitFor('both', () => old.heard().startsWith('held') && young.heard().startsWith('held'));
  });

  it('black-holes one connection for good, and no other', async () => {
    const proxy = await start();
    const all = [await open(proxy), await open(proxy)] as const;
    await echoes(all[0], 'a');
    await echoes(all[1], 'a');
    proxy.blackHole(() => 1);
    await proxy.heal();
    await echoes(all[0], 'b');
    await expect(echoes(all[1], 'b')).rejects.toThrow('waited');
  });

  it('delays, in order, and cuts', async () => {
    const proxy = await start();
    const one = await open(proxy);
    await echoes(one, 'a');
    proxy.delay(300);
    const started = Date.now();
    one.socket.write('1');
    setTimeout(() => proxy.delay(0), 50);
    setTimeout(() => one.socket.write('2'), 100);
    await waitFor('both', () => one.heard() === 'a12');
    expect(Date.now() - started).toBeGreaterThanOrEqual(300);
    proxy.cut();
    await waitFor('the end', () => one.socket.destroyed);
    await echoes(await open(proxy), 'c');
  });
});

describe('the proxy of Slack', () => {
  it.each([
    ['status', { kind: 'status', status: 503 }, 0, 503],
    ['an error', { kind: 'error', error: 'internal_error', applies: false }, 0, 'internal_error'],
    [
      'an error though it was done',
      { kind: 'error', error: 'internal_error', applies: true },
      1,
      'internal_error',
    ],
    ['no reply', { kind: 'lose-reply' }, 1, 'broken'],
    ['half an answer', { kind: 'truncate' }, 1, 'broken'],
    ['a late answer', { kind: 'late', ms: 200 }, 1, 'fine'],
  ] as const)('answers with %s', async (_, fault, done, expected) => {
    let calls = 0;
    const slack = createHttp((incoming, outgoing) => {
      calls += 1;
      incoming.resume();
      outgoing.end('{"ok":true,"fine":true}');
    });
    slack.listen(0, '127.0.0.1');
    await once(slack, 'listening');
    ends.push(() => slack.close());
    const origin = `http://127.0.0.1:${(slack.address() as AddressInfo).port}`;
    const proxy = await startSlackProxy({ origin }, () => 0.5);
    ends.push(proxy.stop);
    const end = proxy.addRules([{ fault, methods: ['chat.postMessage'] }]);
    const call = (method: string): Promise<number | string> =>
      fetch(`http://127.0.0.1:${proxy.port}/api/${method}`, {
        method: 'POST',
        body: new URLSearchParams({ channel: 'C1', metadata: '{"event_payload":{"name":"n1"}}' }),
      })
        .then(async (answer) => {
          const text = await answer.text();
          if (answer.status !== 200) return answer.status;
          return text.includes('fine') ? 'fine' : (JSON.parse(text) as { error: string }).error;
        })
        .catch(() => 'broken');
    expect(await call('chat.postMessage')).toBe(expected);
    expect(calls).toBe(done);
    expect(await call('chat.update')).toBe('fine');
    end();
    expect(await call('chat.postMessage')).toBe('fine');
    expect(proxy.calls.map(({ what, channel, name }) => `${what} ${channel} ${name}`)[0]).toBe(
      'chat.postMessage C1 n1',
    );
    expect(proxy.calls[0]?.answeredAt === undefined).toBe(expected !== 'fine');
  });
});

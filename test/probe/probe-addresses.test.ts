import { createProber } from '../../src/probe/probe-addresses';
import { type ProbedServer, startPlain, startTls } from './servers';

const limits = { targets: 32, parallel: 8, names: 2, timeoutMs: 300, totalMs: 5000 };
const { signal } = new AbortController();

let silent: ProbedServer;
let open = 0;
let maxOpen = 0;
beforeAll(async () => {
  silent = await startPlain((socket) => {
    open += 1;
    maxOpen = Math.max(maxOpen, open);
    socket.on('close', () => (open -= 1));
  });
});
afterAll(() => silent.stop());

const targets = (count: number) =>
  Array.from({ length: count }, () => ({ host: '127.0.0.1', port: silent.port }));

it('keeps the order, and a server that never answers keeps no other from its answer', async () => {
  const server = await startTls();
  try {
    const prober = createProber({ allowLoopback: true, limits: { ...limits, parallel: 2 } });
    const list = [...targets(3), { host: '127.0.0.1', port: server.port }];
    const results = await prober(list, signal);
    expect(results.map((result) => result?.outcome)).toEqual(['connected', 'connected', 'connected', 'tls']);
  } finally {
    await server.stop();
  }
});

it('probes no more than its number, nor more at a time', async () => {
  maxOpen = 0;
  const before = silent.connections();
  const prober = createProber({ allowLoopback: true, limits: { ...limits, targets: 5, parallel: 2 } });
  const results = await prober(targets(9), signal);
  expect(results.map((result) => result?.outcome)).toEqual([
    ...Array.from({ length: 5 }, () => 'connected'),
    ...Array.from({ length: 4 }, () => undefined),
  ]);
  expect(silent.connections() - before).toBe(5);
  expect(maxOpen).toBe(2);
});

it('says nothing of those that had less than their time', async () => {
  const prober = createProber({
    allowLoopback: true,
    limits: { ...limits, parallel: 1, timeoutMs: 400, totalMs: 600 },
  });
  const outcomes = (await prober(targets(4), signal)).map((result) => result?.outcome);
  expect(outcomes).toEqual(['connected', undefined, undefined, undefined]);
});

it('ends when the check is cancelled, and closes what is open', async () => {
  const end = new AbortController();
  const probing = createProber({
    allowLoopback: true,
    limits: { ...limits, timeoutMs: 60_000, totalMs: 60_000 },
  })(targets(8), end.signal);
  setTimeout(() => end.abort(), 100);
  expect(await probing).toEqual(Array.from({ length: 8 }, () => undefined));
});

describe('names', () => {
  const named = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ host: `gateway-${index}.example`, port: silent.port }));

  it('are resolved two at a time, also after the time of an address is over', async () => {
    let [resolving, maxResolving] = [0, 0];
    const resolve = async (): Promise<readonly { address: string; family: number }[]> => {
      resolving += 1;
      maxResolving = Math.max(maxResolving, resolving);
      await new Promise((done) => setTimeout(done, 150));
      resolving -= 1;
      return [];
    };
    const prober = createProber({ allowLoopback: true, resolve, limits: { ...limits, timeoutMs: 50 } });
    const outcomes = (await prober(named(6), signal)).map((result) => result?.outcome);
    expect(outcomes).toEqual(Array.from({ length: 6 }, () => 'timeout'));
    expect(maxResolving).toBe(2);
  });

  it('that are never resolved keep no IP address from its probe, and are not all said to fail', async () => {
    const resolve = (): Promise<never> => new Promise(() => undefined);
    const prober = createProber({
      allowLoopback: true,
      resolve,
      limits: { ...limits, timeoutMs: 100, totalMs: 600 },
    });
    const outcomes = (await prober([...named(5), ...targets(1)], signal)).map((result) => result?.outcome);
    expect(outcomes).toEqual(['timeout', 'timeout', undefined, undefined, undefined, 'connected']);
  });
});

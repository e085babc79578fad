import type { ConsulClient } from '../../src/consul/client';
import { describeWith } from '../lab/binaries';
import { type BlackHole, startBlackHole } from '../lab/black-hole';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { clientOf, send, serve, until } from './server';

jest.setTimeout(60_000);

describeWith(['consul'], 'a kept-alive connection to Consul that is silently dead', () => {
  let consul: ConsulAgent;
  let hole: BlackHole;
  let client: ConsulClient;

  beforeAll(async () => {
    consul = await startConsul();
  });
  afterAll(() => consul.stop());

  beforeEach(async () => {
    const { hostname, port } = new URL(consul.address);
    hole = await startBlackHole({ host: hostname, port: Number(port) });
    client = clientOf(`http://127.0.0.1:${hole.port}`, { token: consul.token, limits: { silentMs: 200 } });
  });
  afterEach(() => {
    client.close();
    hole.stop();
  });

  it('fails no read, and is replaced', async () => {
    expect(await client.peerings()).toMatchObject({ ok: true });
    hole.swallow();
    expect(await client.peerings()).toMatchObject({ ok: true });
    await until(() => hole.open() === 0);
    expect(hole.made()).toBe(2);
    // The pool has a connection again.
    await client.peerings();
    await client.peerings();
    expect(hole.made()).toBe(3);
  });

  it('is closed together with the idle ones beside it', async () => {
    await Promise.all([client.peerings(), client.leader(), client.aclTokenSelf()]);
    const before = hole.made();
    expect(before).toBeGreaterThan(1);
    hole.swallow();
    expect(await client.peerings()).toMatchObject({ ok: true });
    await until(() => hole.open() === 0);
    expect(hole.made()).toBe(before + 1);
  });

  it('fails no write', async () => {
    await client.peerings();
    hole.swallow();
    expect(await client.deletePeering('nobody')).toMatchObject({ ok: true });
  });

  it('of the network behind it fails the read in its time, and leaves nothing open', async () => {
    const hasty = clientOf(`http://127.0.0.1:${hole.port}`, {
      token: consul.token,
      limits: { silentMs: 100, requestMs: 500 },
    });
    await hasty.peerings();
    hole.swallow();
    hole.swallowNext('GET ', 1);
    expect(await hasty.peerings()).toMatchObject({ ok: false, error: { kind: 'timeout' } });
    await until(() => hole.open() === 0);
    expect(await hasty.peerings()).toMatchObject({ ok: true });
    hasty.close();
  });
});

describe('a server that is slow', () => {
  it('is asked twice on a connection that was used before, and its first answer counts', async () => {
    const server = await serve((response, nth) => {
      if (nth === 1) send(response, 200, '[]');
      else if (nth === 2) setTimeout(() => send(response, 200, '[]'), 300);
    });
    const client = clientOf(server.origin, { limits: { silentMs: 100 } });
    await client.peerings();
    expect(await client.peerings()).toMatchObject({ ok: true, value: [] });
    expect(server.requests).toHaveLength(3);
    client.close();
    await server.close();
  });

  it('is asked once on a new connection', async () => {
    const server = await serve((response) => setTimeout(() => send(response, 200, '[]'), 300));
    const client = clientOf(server.origin, { limits: { silentMs: 100 } });
    expect(await client.peerings()).toMatchObject({ ok: true });
    expect(server.requests).toHaveLength(1);
    client.close();
    await server.close();
  });
});

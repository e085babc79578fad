import { resolve } from 'node:path';
import { readRecordings, serveRecording } from '../../../sandbox/demo/recording';
import { createModel } from '../../../sandbox/demo/model/model';

/** Effects of writes on the recordings of this repository, over HTTP as the bot and `consul` send them. */

type Fields = Record<string, unknown>;
type Name = 'prod-east' | 'prod-west' | 'staging';
type Who = 'token' | 'peeringToken' | 'manageToken';

const tokens = { token: 'reads', peeringToken: 'peers', manageToken: 'manages' } as const;

let served: Map<string, Awaited<ReturnType<typeof serveRecording>>>;
beforeEach(async () => {
  const recordings = await readRecordings(resolve(__dirname, '../../../sandbox/recordings'));
  const { token, ...write } = tokens;
  const writes = { model: createModel(recordings), ...write };
  served = new Map(
    await Promise.all(
      recordings.map(
        async (one) => [one.cluster, await serveRecording(one, { token, delayMs: 0, writes })] as const,
      ),
    ),
  );
});
afterEach(() => Promise.all([...served.values()].map((one) => one.stop())));

const ask = (name: Name, who: Who, method: string, path: string, body?: unknown) =>
  fetch(`${served.get(name)?.address}${path}`, {
    method,
    headers: { 'x-consul-token': tokens[who] },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const read = async <T = Fields>(name: Name, path: string, who: Who = 'token'): Promise<T> =>
  (await (await ask(name, who, 'GET', path)).json()) as T;

const entry = async (name: Name, kind: string): Promise<Fields> =>
  (await read<Fields[]>(name, `/v1/config/${kind}`))[0] ?? {};

describe('config entries', () => {
  const remote = { Kind: 'proxy-defaults', Name: 'global', MeshGateway: { Mode: 'remote' } };

  it('are written at the index that was read, and at no other', async () => {
    const index = Number((await entry('prod-east', 'proxy-defaults'))['ModifyIndex']);
    const write = async (cas: number) =>
      (await ask('prod-east', 'manageToken', 'PUT', `/v1/config?cas=${cas}`, remote)).json();
    expect([await write(0), await write(index + 1), await write(index), await write(index)]).toEqual([
      false,
      false,
      true,
      false,
    ]);
    const now = await read('prod-east', '/v1/config/proxy-defaults/global');
    expect(now['MeshGateway']).toEqual({ Mode: 'remote' });
    expect(Number(now['ModifyIndex'])).toBeGreaterThan(index);
  });

  it('give sidecars their gateway mode', async () => {
    await ask('prod-east', 'manageToken', 'PUT', '/v1/config', remote);
    const body = JSON.stringify(await read('prod-east', '/v1/health/service/web-sidecar-proxy'));
    expect([body.includes('"Mode":"remote"'), body.includes('"Mode":"none"')]).toEqual([true, false]);
  });

  it('of exports reach the peer, and leave it again', async () => {
    const exportTo = (peers: readonly string[]) =>
      ask('prod-east', 'peeringToken', 'PUT', '/v1/config', {
        Kind: 'exported-services',
        Name: 'default',
        Services: peers.map((Peer) => ({ Name: 'orders', Consumers: [{ Peer }] })),
      });
    const seen = async () => {
      const { StreamStatus } = await read<{ StreamStatus: Fields }>('prod-west', '/v1/peering/east');
      const instances = await read<unknown[]>('prod-west', '/v1/health/connect/orders?peer=east');
      return [StreamStatus['ImportedServices'], instances.length];
    };
    await exportTo(['west']);
    expect(await seen()).toEqual([['orders'], 1]);
    await exportTo([]);
    expect(await seen()).toEqual([null, 0]);
    // An export in the other direction is as it was recorded.
    expect((await read<unknown[]>('prod-east', '/v1/health/connect/api?peer=west')).length).toBe(1);
  });
});

describe('rights', () => {
  const writes = [
    ['PUT', '/v1/config', { Kind: 'exported-services', Name: 'default', Services: [] }],
    ['POST', '/v1/peering/token', { PeerName: 'orders' }],
    ['PUT', '/v1/config', { Kind: 'proxy-defaults', Name: 'global' }],
    ['PUT', '/v1/agent/service/register', { ID: 'mesh-gateway-2', Name: 'mesh-gateway' }],
  ] as const;
  it.each([
    ['token', [403, 403, 403, 403]],
    ['peeringToken', [200, 200, 403, 403]],
    ['manageToken', [200, 200, 200, 200]],
  ] as const)('of the %s', async (who, expected) => {
    const statuses: number[] = [];
    for (const [method, path, body] of writes)
      statuses.push((await ask('prod-east', who, method, path, body)).status);
    expect(statuses).toEqual(expected);
  });

  it('to read stay those of the recording where that had few', async () => {
    await ask('staging', 'peeringToken', 'POST', '/v1/peering/token', { PeerName: 'orders' });
    expect((await ask('staging', 'token', 'GET', '/v1/peerings')).status).toBe(403);
    expect((await read('staging', '/v1/peering/orders', 'peeringToken'))['State']).toBe('PENDING');
    expect((await ask('staging', 'peeringToken', 'GET', '/v1/peering/none')).status).toBe(404);
  });

  it('show in the answers about rights', async () => {
    const questions = [{ Resource: 'peering', Access: 'write' }];
    const allowed = async (who: Who) =>
      (
        (await (
          await ask('staging', who, 'POST', '/v1/internal/acl/authorize', questions)
        ).json()) as Fields[]
      )[0]?.['Allow'];
    expect([await allowed('token'), await allowed('peeringToken')]).toEqual([false, true]);
  });
});

describe('peerings', () => {
  const generate = async (addresses?: readonly string[]) => {
    const body = { PeerName: 'staging', Meta: { by: 'test' }, ServerExternalAddresses: addresses };
    const answer = await ask('prod-west', 'peeringToken', 'POST', '/v1/peering/token', body);
    return ((await answer.json()) as { PeeringToken: string }).PeeringToken;
  };
  const establish = async (token: string) =>
    (
      await ask('staging', 'peeringToken', 'POST', '/v1/peering/establish', {
        PeerName: 'prod-west',
        PeeringToken: token,
      })
    ).status;

  it('become ACTIVE on both sides, once for a token, the newest', async () => {
    const first = await generate();
    expect((await read('prod-west', '/v1/peering/staging'))['State']).toBe('PENDING');
    const second = await generate(['192.0.2.7:8503']);
    expect([await establish(first), await establish(second), await establish(second)]).toEqual([
      403, 200, 403,
    ]);
    const acceptor = await read('prod-west', '/v1/peering/staging');
    const dialer = await read('staging', '/v1/peering/prod-west', 'peeringToken');
    expect([acceptor['State'], dialer['State'], dialer['PeerID']]).toEqual([
      'ACTIVE',
      'ACTIVE',
      acceptor['ID'],
    ]);
    expect([acceptor['Meta'], dialer['PeerServerAddresses']]).toEqual([{ by: 'test' }, ['192.0.2.7:8503']]);
  });

  it('are TERMINATED on the other side once they are deleted on one', async () => {
    await ask('prod-west', 'peeringToken', 'DELETE', '/v1/peering/east');
    expect((await ask('prod-west', 'token', 'GET', '/v1/peering/east')).status).toBe(404);
    expect((await read('prod-east', '/v1/peering/west'))['State']).toBe('TERMINATED');
  });

  it('are refused with a token that is no token, or of the cluster itself', async () => {
    expect(await establish('nonsense')).toBe(400);
    const answer = await ask('staging', 'peeringToken', 'POST', '/v1/peering/token', { PeerName: 'me' });
    expect(await establish(((await answer.json()) as { PeeringToken: string }).PeeringToken)).toBe(400);
  });
});

describe('registrations', () => {
  it('change an instance that the recording knows, and make none', async () => {
    const Upstreams = [{ DestinationName: 'api', DestinationPeer: 'west', LocalBindPort: 9191 }];
    const register = async (ID: string) =>
      (
        await ask('prod-east', 'manageToken', 'PUT', '/v1/agent/service/register', {
          ID,
          Name: 'web-sidecar-proxy',
          Proxy: { Upstreams },
        })
      ).status;
    expect([await register('web-sidecar-proxy'), await register('another')]).toEqual([200, 400]);
    const [instance] = await read<{ Service: { Proxy: { Upstreams: Fields[] } } }[]>(
      'prod-east',
      '/v1/health/service/web-sidecar-proxy',
    );
    expect(instance?.Service.Proxy.Upstreams.map((one) => one['DestinationPeer'])).toEqual(['west']);
  });
});

it('says in every answer to a write that a recording gave it, and has no other writes', async () => {
  const written = await ask('prod-east', 'peeringToken', 'POST', '/v1/peering/token', { PeerName: 'orders' });
  expect(written.headers.get('x-recording')).toContain('model');
  const other = await ask('prod-east', 'manageToken', 'PUT', '/v1/kv/key', 'value');
  expect([other.status, await other.text()]).toEqual([405, expect.stringContaining('recording')]);
});

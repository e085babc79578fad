import { connect as dial, createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describeAddresses } from '../../../../src/features/approvals/new-requests/describe-addresses';
import { startConsul } from '../../../lab/consul';
import { describeWith } from '../../../lab/binaries';
import { startProxy } from '../proxy';
import { peeringOf, type Scenery, setStage, type Stage, type StageOptions, startScenery } from '../stage';

jest.setTimeout(120_000);

describe('the addresses on a card', () => {
  it.each([
    ['127.0.0.1:8503', 'loopback'],
    ['localhost:8503', 'loopback'],
    ['[::1]:8503', 'loopback'],
    ['10.0.0.1:8503', 'private'],
    ['[fd00::1]:8503', 'private'],
    ['169.254.1.1:8503', 'link-local'],
    ['0.0.0.0:8503', 'no cluster can dial it'],
  ])('come with a warning: %s', (address, warning) => {
    const [note = ''] = describeAddresses({ of: 'server', addresses: [address] });
    expect(note).toContain(address);
    expect(note).toMatch(new RegExp(`Warning: .*${warning}`));
  });

  it.each(['192.0.2.1:8503', 'consul.example:8503', '[2001:db8::1]:8503'])(
    'come without one: %s',
    (address) => {
      expect(describeAddresses({ of: 'server', addresses: [address] })).toEqual([
        expect.not.stringContaining('Warning'),
      ]);
    },
  );

  it('are a warning themselves where there are none', () => {
    expect(describeAddresses({ of: 'mesh gateway', addresses: [] })).toEqual([
      expect.stringContaining('Warning'),
    ]);
  });
});

interface Forwarder {
  readonly address: string;
  readonly stop: () => void;
}

/** A load balancer: passes TCP on to a port of 127.0.0.1. */
const startForwarder = async (port: number): Promise<Forwarder> => {
  const server: Server = createServer((incoming) => {
    const onward = dial(port, '127.0.0.1');
    incoming.pipe(onward).pipe(incoming);
    for (const [one, other] of [
      [incoming, onward],
      [onward, incoming],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
    server.once('closing', () => incoming.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.emit('closing');
      server.close();
    },
  };
};

describeWith(
  ['redis', 'consul'],
  'server addresses, where the servers are not reachable at their own',
  () => {
    let scenery: Scenery;
    let stage: Stage;
    let forwarder: Forwarder;
    let reader: string;
    beforeAll(async () => {
      const usual = await startScenery();
      await usual.east.agent.stop();
      usual.east.proxy.stop();
      // Nobody listens there.
      const agent = await startConsul({ datacenter: 'east', config: { bind_addr: '127.0.0.9' } });
      const writer = await agent.tokenWith('peering = "write"');
      reader = (
        await agent.tokenWith('node_prefix "" { policy = "read" } service_prefix "" { policy = "read" }')
      ).secret;
      scenery = {
        ...usual,
        east: { agent, proxy: await startProxy(agent.address) },
        env: { ...usual.env, WRITE_EAST: writer.secret, READ_EAST: reader },
        clear: async () => {
          for (const [side, name] of [
            [agent, 'west'],
            [usual.west.agent, 'east'],
          ] as const)
            await side.request('DELETE', `/v1/peering/${name}`);
          await agent.request('DELETE', '/v1/config/mesh/mesh');
        },
        stop: async () => {
          await agent.stop();
          await usual.west.agent.stop();
          usual.west.proxy.stop();
          await usual.redis.stop();
        },
      };
      forwarder = await startForwarder(agent.grpcTlsPort);
    });
    afterAll(async () => {
      forwarder.stop();
      scenery.east.proxy.stop();
      await scenery.stop();
    });
    beforeEach(() => scenery.clear());
    afterEach(() => stage.stop());

    const set = async (options: StageOptions = {}): Promise<void> => {
      stage = await setStage(scenery, options);
    };
    const withAddresses = (addresses: readonly string[]): StageOptions => ({
      clusters: (name, cluster) =>
        name === 'prod-east' ? { ...cluster, serverExternalAddresses: addresses } : cluster,
    });
    /** Addresses that a token of the cluster carries right now. */
    const carried = async (): Promise<readonly string[]> => {
      const { PeeringToken } = await scenery.east.agent.call<{ PeeringToken: string }>(
        'POST',
        '/v1/peering/token',
        {
          PeerName: 'west',
        },
      );
      const { ServerAddresses } = JSON.parse(Buffer.from(PeeringToken, 'base64').toString()) as {
        ServerAddresses: readonly string[];
      };
      return ServerAddresses;
    };

    it('fails to connect without external addresses, and leaves nothing behind', async () => {
      await set();
      await stage.ask(stage.connect);
      await stage.decide('approved');
      expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'failed' }]);
      expect((await peeringOf(scenery.west, 'east'))?.State).not.toBe('ACTIVE');
    });

    it('connects with those of the configuration, which the card names before anybody approves', async () => {
      await set(withAddresses([forwarder.address]));
      await stage.ask(stage.connect);
      expect(stage.card().text).toMatch(new RegExp(`${forwarder.address}.*Warning: a loopback address`));
      // The approved addresses count, whatever the configuration says later.
      stage.reconfigure(withAddresses(['192.0.2.1:1']));
      await stage.decide('approved');
      expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'connected' }]);
      expect((await peeringOf(scenery.west, 'east'))?.State).toBe('ACTIVE');
    });

    it('hands out a token with those of the form, which come first, and the other cluster can use it', async () => {
      await set(withAddresses(['192.0.2.1:1']));
      await stage.ask({ externalAddresses: [forwarder.address] });
      await stage.decide('approved');
      expect(await stage.reveal()).toEqual({ kind: 'done', as: 'revealed' });
      const used = await scenery.west.agent.request('POST', '/v1/peering/establish', {
        PeerName: 'east',
        PeeringToken: stage.shownToken(),
      });
      expect(used.status).toBe(200);
    });

    it('names the addresses of the servers that the token will carry', async () => {
      await set();
      const [address = ''] = await carried();
      expect(address).toBe(`127.0.0.9:${scenery.east.agent.grpcTlsPort}`);
      await stage.ask({});
      expect((await stage.record()).request.notes).toEqual([expect.stringContaining(address)]);
      expect(stage.card().text).toMatch(new RegExp(`${address}.*Warning: a loopback address`));
    });

    it('names those of the mesh gateways where peering goes through them', async () => {
      await set();
      const { agent } = scenery.east;
      await agent.call('PUT', '/v1/config', { Kind: 'mesh', Peering: { PeerThroughMeshGateways: true } });
      const gateway = (Node: string, service: object) =>
        agent.call('PUT', '/v1/catalog/register', {
          Node,
          Address: '127.0.0.5',
          Service: { Kind: 'mesh-gateway', ID: 'gateway', Port: 8443, ...service },
        });
      const wan = { wan: { Address: '203.0.113.7', Port: 443 } };
      await gateway('gw-1', { Service: 'mesh-gateway', Address: '10.0.0.5', TaggedAddresses: wan });
      await gateway('gw-2', { Service: 'other-gateway', Address: '2001:db8::1' });
      const addresses = await carried();
      expect(addresses).toHaveLength(2);
      await stage.ask({});
      const notes = (await stage.record()).request.notes ?? [];
      expect(notes.toSorted()).toEqual(
        addresses.toSorted().map((address) => expect.stringContaining(`${address} (mesh gateway)`)),
      );
      for (const Node of ['gw-1', 'gw-2']) await agent.call('PUT', '/v1/catalog/deregister', { Node });
    });

    it('says that they are not visible where no token may read them', async () => {
      await set({ clusters: (_, { token: _token, ...cluster }) => cluster });
      await stage.ask({});
      expect((await stage.record()).request.notes).toEqual([expect.stringContaining('not visible')]);
    });
  },
);

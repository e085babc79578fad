import { run } from '../checks/world';
import { describeOnVersions, type ConsulVersion } from '../lab/consul';
import { passing } from '../lab/pair';
import { waitFor } from '../lab/process';
import { allowToApi, errorsIn, findingOf, register, resultOf, type Stage, startStage, toApi } from './stage';

/** Ordinary healthy set-ups on real servers. None of them may raise an error. */

interface SetUp {
  readonly how: string;
  readonly arrange: (stage: Stage) => Promise<unknown>;
}

const plain = (DestinationName: string) => ({ DestinationName, LocalBindPort: 9191 });

const setUps: readonly SetUp[] = [
  { how: 'one side exports only, the other imports only', arrange: async () => undefined },
  {
    how: 'a wildcard export with services outside the mesh',
    arrange: async ({ east, exportFromEast }) => {
      await register(east, { Name: 'legacy', Port: 7070, Check: passing });
      await exportFromEast({ '*': ['west'] });
    },
  },
  {
    how: 'a redirect to a peer',
    arrange: async ({ west, callFromWest }) => {
      await west.call('PUT', '/v1/config', {
        Kind: 'service-resolver',
        Name: 'far-api',
        Redirect: { Service: 'api', Peer: 'east' },
      });
      await callFromWest(plain('far-api'));
    },
  },
  {
    how: 'a redirect under the same name',
    arrange: async ({ west, callFromWest }) => {
      await west.call('PUT', '/v1/config', {
        Kind: 'service-resolver',
        Name: 'api',
        Redirect: { Service: 'api', Peer: 'east' },
      });
      await callFromWest(plain('api'));
    },
  },
  {
    how: 'names in another case, which Consul finds all the same',
    arrange: async ({ west, callFromWest }) => {
      await west.call('PUT', '/v1/config', {
        Kind: 'service-resolver',
        Name: 'Far-Api',
        Redirect: { Service: 'API', Peer: 'east' },
      });
      await callFromWest({ ...plain('far-api'), LocalBindPort: 9192 }, { ...toApi, DestinationName: 'Api' });
    },
  },
  {
    how: 'failover of a local service to a peer',
    arrange: async ({ west, callFromWest }) => {
      await register(west, { Name: 'orders', Port: 7071, Connect: { SidecarService: { Port: 21_010 } } });
      await west.call('PUT', '/v1/config', {
        Kind: 'service-resolver',
        Name: 'orders',
        Failover: { '*': { Targets: [{ Service: 'api', Peer: 'east' }] } },
      });
      await callFromWest(plain('orders'));
    },
  },
  {
    how: 'failover to a peer of a service that only the peer has',
    arrange: async ({ west, callFromWest }) => {
      await west.call('PUT', '/v1/config', {
        Kind: 'service-resolver',
        Name: 'api',
        Failover: { '*': { Targets: [{ Peer: 'east' }] } },
      });
      await callFromWest(plain('api'));
    },
  },
  {
    how: 'a service of the same name on both sides, called here',
    arrange: async ({ west, callFromWest }) => {
      await register(west, { Name: 'api', Port: 7072, Connect: { SidecarService: { Port: 21_011 } } });
      await callFromWest(plain('api'));
    },
  },
  {
    how: 'transparent proxies without explicit upstreams',
    arrange: async ({ west, callFromWest }) => {
      await west.call('PUT', '/v1/config', {
        Kind: 'proxy-defaults',
        Name: 'global',
        Mode: 'transparent',
        TransparentProxy: { OutboundListenerPort: 15_001 },
      });
      await callFromWest();
    },
  },
  {
    how: 'two gateways on each side',
    arrange: async ({ east, west }) => {
      for (const agent of [east, west]) {
        await register(agent, {
          Kind: 'mesh-gateway',
          ID: 'mesh-gateway-2',
          Name: 'mesh-gateway',
          Address: '127.0.0.1',
          Port: 8444,
          TaggedAddresses: { wan: { Address: '203.0.113.9', Port: 8444 } },
          Check: passing,
        });
      }
    },
  },
  {
    how: 'gateway and sidecar of Consul dataplane on synthetic nodes',
    arrange: async ({ east, west }) => {
      const onPod = (Service: object & { ID: string }) => ({
        Node: 'pod-1-virtual',
        Address: '10.1.2.3',
        NodeMeta: { 'synthetic-node': 'true' },
        Service,
        Check: {
          Node: 'pod-1-virtual',
          CheckID: 'kubernetes-readiness',
          ServiceID: Service.ID,
          Status: 'passing',
        },
      });
      await east.call('PUT', '/v1/agent/service/deregister/mesh-gateway');
      await east.call(
        'PUT',
        '/v1/catalog/register',
        onPod({
          Kind: 'mesh-gateway',
          ID: 'mesh-gateway-7d9f',
          Service: 'mesh-gateway',
          Address: '10.1.2.3',
          Port: 8443,
          TaggedAddresses: { wan: { Address: '203.0.113.9', Port: 443 } },
        } as never),
      );
      await west.call(
        'PUT',
        '/v1/catalog/register',
        onPod({
          Kind: 'connect-proxy',
          ID: 'shop-7d9f-sidecar-proxy',
          Service: 'shop-sidecar-proxy',
          Port: 20_000,
          Proxy: { DestinationServiceName: 'shop', Upstreams: [toApi] },
        } as never),
      );
      await allowToApi(east, ['web', 'shop']);
    },
  },
  {
    how: 'gateways on one side only, which lets peering traffic through them',
    arrange: async ({ east, west }) => {
      await east.call('PUT', '/v1/config', { Kind: 'mesh', Peering: { PeerThroughMeshGateways: true } });
      await west.call('PUT', '/v1/agent/service/deregister/mesh-gateway');
    },
  },
  {
    how: 'protocols set for services of the peer',
    arrange: async ({ east, west }) => {
      for (const agent of [east, west]) {
        await agent.call('PUT', '/v1/config', { Kind: 'service-defaults', Name: 'api', Protocol: 'http' });
      }
    },
  },
];

/** Checks that ask for what a version does not have: 1.14.11 has no `/v1/exported-services`. */
const notVisibleOn: Readonly<Record<ConsulVersion, readonly string[]>> = {
  newest: [],
  usual: [],
  oldest: ['exported-services-replicated'],
};

const expectNoErrors = async (stage: Stage): Promise<void> => {
  // Changes show within a second; agents also mix central config in.
  await waitFor('the exports to be complete', async () => {
    const found = [...errorsIn(await stage.check('east')), ...errorsIn(await stage.check('west'))];
    return found.length === 0;
  });
  for (const side of ['east', 'west'] as const) {
    for (const both of [false, true]) {
      const report = await stage.check(side, { both });
      expect(errorsIn(report)).toEqual([]);
      const unknown = report.results.filter(({ status }) => status === 'unknown').map(({ id }) => id);
      expect(unknown.filter((id) => !notVisibleOn[stage.east.version].includes(id))).toEqual([]);
    }
  }
};

describeOnVersions('ordinary healthy set-ups on a real peered pair', (version) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({ version });
  }, 60_000);
  afterAll(() => stage?.stop());
  beforeEach(() => stage.reset(), 60_000);

  it.each(setUps.map((setUp) => [setUp.how, setUp] as const))('no error: %s', async (_, { arrange }) => {
    await arrange(stage);
    await expectNoErrors(stage);
  });

  it('narrows to one peer: what is wrong towards another is left out', async () => {
    const { west, callFromWest } = stage;
    await west.call('POST', '/v1/peering/token', { PeerName: 'lab' });
    await callFromWest({ ...toApi, DestinationName: 'wrong' });
    const subject = 'upstream web-sidecar-proxy → wrong';
    const about = async (peer: string) =>
      findingOf(await stage.check('west', { peer }), 'upstream-imported', subject);
    expect(await about('east')).toBeDefined();
    expect(await about('lab')).toBeUndefined();
    const pending = async (peer: string) =>
      resultOf(await stage.check('west', { peer }), 'peering-pending').findings.map(
        ({ subject }) => subject.name,
      );
    expect(await pending('lab')).toEqual(['lab']);
    expect(await pending('east')).toEqual([]);
    await west.call('DELETE', '/v1/peering/lab');
  });

  it('finds an upstream without a name in a saved snapshot, as this Consul refuses to register one', async () => {
    const { west, snapshot } = stage;
    const refused = await west.request('PUT', '/v1/agent/service/register', {
      Name: 'old',
      Port: 1,
      Connect: { SidecarService: { Proxy: { Upstreams: [{ LocalBindPort: 9191 }] } } },
    });
    expect([refused.status, String(refused.body)]).toEqual([
      400,
      expect.stringContaining('destination name cannot be empty'),
    ]);
    const saved = JSON.stringify(await snapshot('west')).replaceAll(
      '"DestinationName":"api"',
      '"DestinationName":""',
    );
    const report = run(JSON.parse(saved) as Parameters<typeof run>[0]);
    expect(errorsIn(report)).toEqual(['upstream-destination-name upstream web-sidecar-proxy → upstream 1']);
  });
});

describe.each([['off'], ['allow']] as const)('with ACLs %s', (acl) => {
  describeOnVersions('a real peered pair', (version) => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await startStage({ version, acl });
    }, 60_000);
    afterAll(() => stage?.stop());

    it('raises no error', () => expectNoErrors(stage));
  });
});

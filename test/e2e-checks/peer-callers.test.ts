import { createServer as createHttp } from 'node:http';
import { connect, createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { runChecks } from '../../src/checks/runner';
import { openSnapshot } from '../../src/checks/view';
import { pathsView } from '../../src/checks/views/paths';
import { gatherWithOtherSides } from '../../src/snapshot/gather-with-other-sides';
import { rowsOf } from '../../src/snapshot/section';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { type Envoy, startEnvoy } from '../lab/envoy';
import { federated, peer, readPeering } from '../lab/pair';
import { freePorts, sleep, waitFor } from '../lab/process';
import { clientOf } from '../snapshot/reading';
import { applyShell, findingOf, register, snippet } from './stage';

/** Over HTTP/2 without TLS, as proxies call services that speak grpc. The status; 0 where there is none. */
const callHttp2 = (port: number): Promise<number> =>
  new Promise((resolve) => {
    const session = connect(`http://127.0.0.1:${port}`);
    const end = (status: number): void => {
      session.destroy();
      resolve(status);
    };
    session.on('error', () => end(0));
    const request = session.request({ ':path': '/' });
    request.on('error', () => end(0));
    request.on('response', (headers) => end(Number(headers[':status'])));
    request.setTimeout(2000, () => end(0));
    request.end();
  });

const callHttp = async (port: number): Promise<number> => {
  try {
    const signal = AbortSignal.timeout(2000);
    const headers = { connection: 'close' };
    return (await fetch(`http://127.0.0.1:${port}/`, { headers, signal })).status;
  } catch {
    return 0;
  }
};

/** The services of the primary that a datacenter of its federation calls as a peer, by their protocol. */
const protocols = ['http', 'grpc'] as const;

describeWith(['consul', 'envoy'], 'intentions about a peer of the same federation', () => {
  const servers: { readonly close: () => unknown }[] = [];
  const agents: ConsulAgent[] = [];
  const envoys: Envoy[] = [];
  let primary: ConsulAgent;
  let secondary: ConsulAgent;
  const upstreams = new Map<string, number>();

  const start = async (options: Parameters<typeof startConsul>[0]): Promise<ConsulAgent> => {
    const agent = await startConsul({ acl: 'off', ...options });
    agents.push(agent);
    return agent;
  };
  const serve = async (protocol: (typeof protocols)[number]): Promise<number> => {
    const server =
      protocol === 'http'
        ? createHttp((_, response) => response.end())
        : createHttp2((_, response) => response.end());
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };

  beforeAll(async () => {
    primary = await start({ datacenter: 'east', config: { default_intention_policy: 'deny' } });
    const self = await primary.call<{ DebugConfig: { SerfPortWAN: number } }>('GET', '/v1/agent/self');
    const join = { retry_join_wan: [`127.0.0.1:${self.DebugConfig.SerfPortWAN}`] };
    secondary = await start({ datacenter: 'west', config: { primary_datacenter: 'east', ...join } });
    await federated(primary, secondary);
    await waitFor('their peering', async () => {
      await peer(primary, 'west', secondary, 'east');
      return true;
    });
    for (const protocol of protocols) {
      const [sidecar = 0, upstream = 0] = await freePorts(2);
      upstreams.set(protocol, upstream);
      const Name = `api-${protocol}`;
      const Port = await serve(protocol);
      await primary.call('PUT', '/v1/config', { Kind: 'service-defaults', Name, Protocol: protocol });
      await primary.call('PUT', '/v1/config', {
        Kind: 'service-intentions',
        Name,
        Sources: [{ Name: 'web', Peer: 'west', Action: 'allow' }],
      });
      await register(primary, { Name, Port, Connect: { SidecarService: { Port: sidecar } } });
    }
    const Services = protocols.map((protocol) => ({
      Name: `api-${protocol}`,
      Consumers: [{ Peer: 'west' }],
    }));
    await primary.call('PUT', '/v1/config', { Kind: 'exported-services', Name: 'default', Services });
    for (const agent of agents) {
      const [Port = 0] = await freePorts(1);
      const address = { Address: '127.0.0.1', Port };
      await register(agent, {
        Kind: 'mesh-gateway',
        Name: 'mesh-gateway',
        ...address,
        TaggedAddresses: { lan: address, wan: address },
      });
    }
    const [sidecar = 0] = await freePorts(1);
    const Upstreams = protocols.map((protocol) => ({
      DestinationName: `api-${protocol}`,
      DestinationPeer: 'east',
      LocalBindPort: upstreams.get(protocol),
    }));
    await register(secondary, {
      Name: 'web',
      Connect: { SidecarService: { Port: sidecar, Proxy: { Upstreams } } },
    });
    await waitFor('both services to be replicated', async () => {
      const { StreamStatus } = await readPeering(secondary, 'east');
      return StreamStatus?.ImportedServices?.length === protocols.length;
    });
    for (const [agent, id] of [
      [primary, 'mesh-gateway'],
      [secondary, 'mesh-gateway'],
      ...protocols.map((protocol) => [primary, `api-${protocol}-sidecar-proxy`] as const),
      [secondary, 'web-sidecar-proxy'],
    ] as const) {
      envoys.push(await startEnvoy(agent, id));
    }
  }, 180_000);
  afterAll(async () => {
    await Promise.all(envoys.map(({ stop }) => stop()));
    for (const server of servers) server.close();
    await Promise.all(agents.map(({ stop }) => stop()));
  });

  const gather = async (): Promise<Snapshot> => {
    const [here, there] = [clientOf(primary), clientOf(secondary)];
    try {
      const otherSides = { west: { name: 'west', client: there } };
      return await gatherWithOtherSides({ cluster: { name: 'east' }, client: here, otherSides });
    } finally {
      here.close();
      there.close();
    }
  };
  /** The intention's hop of each path, by the service that it leads to. */
  const hopsIn = (snapshot: Snapshot): Readonly<Record<string, string | undefined>> =>
    Object.fromEntries(
      rowsOf(openSnapshot(snapshot).read(pathsView)).map(({ destination, hops }) => [
        destination.service,
        hops.find(({ name }) => name === 'intention')?.status,
      ]),
    );
  /** Asks seldom: Envoy leaves an endpoint out for 30 s after five failures in a row. */
  const answers = (protocol: string, status: number): Promise<unknown> =>
    waitFor(
      `${protocol} to be answered with ${status}`,
      async () => {
        const call = protocol === 'http' ? callHttp : callHttp2;
        const isThere = (await call(upstreams.get(protocol) ?? 0)) === status;
        if (!isThere) await sleep(2500);
        return isThere;
      },
      { timeoutMs: 120_000 },
    );

  it('count over http, and not over grpc', async () => {
    await answers('http', 200);
    await answers('grpc', 403);
    expect(hopsIn(await gather())).toEqual({ 'api-http': 'pass', 'api-grpc': 'fail' });
  }, 150_000);

  it('count once the fix has given the service another protocol', async () => {
    const finding = findingOf(runChecks(await gather()), 'intentions-allow-peer', /web of west → api-grpc$/);
    expect(finding?.severity).toBe('error');
    if (finding) await applyShell(primary, snippet(finding, 'shell'));
    await answers('grpc', 200);
    expect(hopsIn(await gather())).toEqual({ 'api-http': 'pass', 'api-grpc': 'pass' });
  }, 150_000);
});

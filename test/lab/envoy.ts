import { createServer } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { binary } from './binaries';
import type { ConsulAgent } from './consul';
import { type PairOptions, type PeeredPair, startPeeredPair } from './pair';
import { freePorts, startManaged, temporaryFolder, waitFor } from './process';

/** A real Envoy that stands for a registered proxy. */
export interface Envoy {
  readonly running: () => boolean;
  readonly stop: () => Promise<void>;
}

interface EnvoyOptions {
  /** Time (ms) that it may take to get its configuration. */
  readonly readyMs?: number;
  /** The node without an agent on which the proxy is registered, as Consul dataplane does. */
  readonly node?: string | undefined;
}

/**
 * Starts an Envoy for a sidecar or gateway that is registered with the agent, and waits until it has its
 * configuration.
 *
 * @param proxyId the id of the proxy's registration, such as `api-sidecar-proxy`
 * @param token what the proxy asks the agent with; the management token by default
 * @throws where it gets none, which a token that grants too little is a reason for
 */
export const startEnvoy = async (
  agent: ConsulAgent,
  proxyId: string,
  token = agent.token,
  { readyMs = 30_000, node }: EnvoyOptions = {},
): Promise<Envoy> => {
  const [admin = 0] = await freePorts(1);
  const bootstrap = await agent.run([
    'connect',
    'envoy',
    '-bootstrap',
    // Consul 1.20 names Envoy up to 1.29, and later ones work (seen with 1.40).
    '-ignore-envoy-compatibility',
    `-proxy-id=${proxyId}`,
    ...(node === undefined ? [] : [`-node-name=${node}`]),
    `-admin-bind=127.0.0.1:${admin}`,
    `-grpc-addr=127.0.0.1:${agent.grpcPort}`,
    ...(token ? [`-token=${token}`] : []),
  ]);
  if (bootstrap.status !== 0) throw new Error(`no bootstrap for ${proxyId}: ${bootstrap.stderr}`);
  const folder = await temporaryFolder('envoy');
  const file = join(folder.path, 'bootstrap.json');
  await writeFile(file, bootstrap.stdout, { mode: 0o600 });
  const envoy = startManaged(
    binary('envoy'),
    ['-c', file, '--disable-hot-restart', '--concurrency', '1', '-l', 'warn'],
    { folder: folder.path },
  );
  const stop = async (): Promise<void> => {
    await envoy.end('SIGKILL');
    folder.remove();
  };
  try {
    await waitFor(`Envoy of ${proxyId}`, async () => (await fetch(`http://127.0.0.1:${admin}/ready`)).ok, {
      timeoutMs: readyMs,
      whileRunning: envoy,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { running: envoy.running, stop };
};

/** A peered pair through which real HTTP flows. */
export interface TrafficPair extends PeeredPair {
  /** The status that `web` in west gets from `api` in east; 0 where there is no answer at all. */
  readonly call: () => Promise<number>;
}

/** A peered pair with an Envoy for each sidecar and gateway, and a server behind `api`. */
export const startTrafficPair = async (options: Omit<PairOptions, 'ports'> = {}): Promise<TrafficPair> => {
  const server = createServer((_, response) => response.end('api of east'));
  const [eastGateway = 0, westGateway = 0, api = 0, apiSidecar = 0, webSidecar = 0, upstream = 0] =
    await freePorts(6);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(api, '127.0.0.1', resolve);
  });
  const ports = { eastGateway, westGateway, api, apiSidecar, webSidecar, upstream };
  const pair = await startPeeredPair({ ...options, ports });
  const envoys: Envoy[] = [];
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await Promise.all([pair.stop(), ...envoys.map((envoy) => envoy.stop())]);
  };
  try {
    for (const [{ agent, gatewayToken }, sidecar] of [
      [pair.east, 'api-sidecar-proxy'],
      [pair.west, 'web-sidecar-proxy'],
    ] as const) {
      envoys.push(await startEnvoy(agent, 'mesh-gateway', gatewayToken.secret));
      envoys.push(await startEnvoy(agent, sidecar));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const call = async (): Promise<number> => {
    try {
      return (await fetch(`http://127.0.0.1:${upstream}/`, { headers: { connection: 'close' } })).status;
    } catch {
      return 0;
    }
  };
  return { ...pair, call, stop };
};

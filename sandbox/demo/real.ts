import { join } from 'node:path';
import { poll } from './child';
import type { DemoCluster, DemoClusters } from './clusters';
import { type Consul, startConsul } from './consul';
import { findProgram } from './find';
import {
  botRules,
  gatewayToken,
  peeringRules,
  peerUp,
  setEast,
  setStaging,
  setWest,
  weakRules,
} from './scene';
import { done, type Environment, failed, type Step } from './step';

/** The three clusters of the recordings, real. */

export interface RealOptions {
  readonly env: Environment;
  /** The checkout, whose `.cache/bin` the tests fill. */
  readonly root: string;
  readonly folder: string;
  readonly tell: (line: string) => void;
}

const waitMs = 20_000;

interface RecordedPeering {
  readonly State?: string;
  readonly StreamStatus?: { readonly ImportedServices?: readonly string[] | null };
}

const describe = async (
  consul: Consul,
  cluster: Pick<DemoCluster, 'name' | 'peers' | 'about'>,
  rules: string,
): Promise<DemoCluster> => ({
  ...cluster,
  address: consul.address,
  token: (await consul.tokenWith('peering-bot', rules)).secret,
  peeringToken: (await consul.tokenWith('peering-bot-tokens', peeringRules)).secret,
  gatewayTokens: [await gatewayToken(consul)],
});

const build = async (east: Consul, west: Consul, staging: Consul): Promise<readonly DemoCluster[]> => {
  await Promise.all([setEast(east), setWest(west), setStaging(staging)]);
  await peerUp(west, 'east', east, 'west');
  await poll(async () => {
    const { State, StreamStatus } = await east.call<RecordedPeering>('GET', '/v1/peering/west');
    return State === 'ACTIVE' && StreamStatus?.ImportedServices?.length === 2;
  }, waitMs);
  return Promise.all([
    describe(east, { name: 'prod-east', peers: { west: 'prod-west' }, about: 'has real problems' }, botRules),
    describe(west, { name: 'prod-west', peers: { east: 'prod-east' }, about: 'its healthy peer' }, botRules),
    describe(
      staging,
      { name: 'staging', peers: {}, about: 'read with a token that has too few rights' },
      weakRules,
    ),
  ]);
};

/** Starts three Consul servers, two of them peered. */
export const startRealClusters = async ({
  env,
  root,
  folder,
  tell,
}: RealOptions): Promise<Step<DemoClusters>> => {
  const program = env['CONSUL_BIN'] || findProgram(['consul'], env, [join(root, '.cache/bin')]);
  if (!program)
    return failed(
      '--real needs a consul binary: put one on the path or name it in CONSUL_BIN, or leave --real out',
    );
  tell('starting three Consul servers…');
  const started = await Promise.all(
    ['east', 'west', 'staging'].map((datacenter) => startConsul({ program, datacenter, folder, env })),
  );
  const running = started.filter((one) => typeof one !== 'string');
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((one) => one.stop()));
  };
  const [east, west, staging] = running;
  if (!east || !west || !staging) {
    await stop();
    return failed(`${program} does not start: ${started.find((one) => typeof one === 'string')}`);
  }
  try {
    const list = await build(east, west, staging);
    const { Config } = await east.call<{ Config: { Version: string } }>('GET', '/v1/agent/self');
    return done({ list, real: true, missing: () => [], madeWith: `Consul ${Config.Version}`, stop });
  } catch (error) {
    await stop();
    return failed(
      `the clusters could not be set up: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
};

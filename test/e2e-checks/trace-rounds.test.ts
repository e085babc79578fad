import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exit } from '../../src/cli/command';
import { trace } from '../../src/cli/commands/trace';
import { runInProcess } from '../cli/support';
import { describeOnVersions } from '../lab/consul';
import { passing, type PeeredPair, startPeeredPair } from '../lab/pair';
import { startRoundCounter } from './round-counter';
import { register } from './stage';

const maxRounds = 3;
/** A machine that stands still for a moment makes one round look like two, never the other way round. */
const maxTries = 5;

describeOnVersions('a trace of one path over both clusters', (version) => {
  let pair: PeeredPair;
  let folder: string;
  beforeAll(async () => {
    pair = await startPeeredPair({ version });
    const { agent } = pair.west;
    const Redirect = { Service: 'api', Peer: 'east' };
    await agent.call('PUT', '/v1/config', { Kind: 'service-resolver', Name: 'remote', Redirect });
    await register(agent, {
      Name: 'shop',
      Port: 9090,
      Connect: {
        SidecarService: {
          Check: passing,
          Proxy: { Upstreams: [{ DestinationName: 'remote', LocalBindPort: 9292 }] },
        },
      },
    });
    await pair.east.agent.call('PUT', '/v1/config', {
      Kind: 'service-intentions',
      Name: 'api',
      Sources: ['web', 'shop'].map((Name) => ({ Name, Peer: 'west', Action: 'allow' })),
    });
    // Its token matters to paths, and is searched for.
    await pair.east.agent.call('PUT', '/v1/config', {
      Kind: 'terminating-gateway',
      Name: 'exit',
      Services: [{ Name: 'api' }],
    });
    folder = mkdtempSync(join(tmpdir(), 'trace-rounds-'));
  }, 60_000);
  afterAll(async () => {
    await pair?.stop();
    rmSync(folder, { recursive: true });
  });

  const readRounds = async (
    service: string,
    destination: string,
  ): Promise<readonly (readonly string[])[]> => {
    const counter = await startRoundCounter([pair.east.agent.address, pair.west.agent.address]);
    try {
      const [east, west] = counter.addresses;
      const file = join(folder, 'clusters.yml');
      writeFileSync(
        file,
        `clusters:
  east: { address: "${east}", token: { env: EAST }, peers: { west: west } }
  west: { address: "${west}", token: { env: WEST }, peers: { east: east } }
`,
      );
      const env = { EAST: pair.east.agent.token, WEST: pair.west.agent.token };
      const argv = ['trace', 'west', service, destination, '--clusters', file];
      const { code, err } = await runInProcess([trace], argv, { env });
      expect([code, err]).toEqual([exit.fine, '']);
      return counter.rounds;
    } finally {
      counter.stop();
    }
  };

  it.each([
    ['web', 'api'],
    // Redirected to the peer.
    ['shop', 'remote'],
  ])(
    'takes at most 3 rounds of requests, from %s to %s',
    async (service, destination) => {
      let rounds = await readRounds(service, destination);
      for (let tries = 1; tries < maxTries && rounds.length > maxRounds; tries += 1)
        rounds = await readRounds(service, destination);
      expect(rounds.slice(maxRounds)).toEqual([]);
      // The counter sees both clusters.
      expect(rounds.flat().filter((name) => name.includes('/v1/agent/self'))).toHaveLength(2);
    },
    60_000,
  );
});

import { describeWith } from '../lab/binaries';
import { startTrafficPair, type TrafficPair } from '../lab/envoy';
import { peer } from '../lab/pair';
import { waitFor } from '../lab/process';
import { checkCluster } from '../lab/states/engine';

jest.setTimeout(120_000);

/** Rows of the state lab do so where intentions are denied by default. */
describeWith(
  ['consul', 'envoy'],
  'two peerings with one cluster, and calls that are allowed by default',
  () => {
    let pair: TrafficPair;
    beforeAll(async () => {
      pair = await startTrafficPair({ acl: 'allow' });
      await peer(pair.east.agent, 'west-2', pair.west.agent, 'east-2');
    });
    afterAll(() => pair?.stop());

    const intend = (...Sources: readonly object[]): Promise<unknown> =>
      pair.east.agent.call('PUT', '/v1/config', { Kind: 'service-intentions', Name: 'api', Sources });
    const exportTo = (...peers: readonly string[]): Promise<unknown> =>
      pair.east.agent.call('PUT', '/v1/config', {
        Kind: 'exported-services',
        Name: 'default',
        Services: [{ Name: 'api', Consumers: peers.map((Peer) => ({ Peer })) }],
      });
    const deny = (Peer: string) => ({ Name: 'web', Peer, Action: 'deny' });
    const waitUntil = (flows: boolean): Promise<unknown> =>
      waitFor(
        `traffic to be ${flows ? 'let in' : 'refused'}`,
        async () => ((await pair.call()) === 200) === flows,
        {
          timeoutMs: 60_000,
        },
      );
    const deniedBy = async (): Promise<readonly string[]> => {
      const cluster = ({ agent }: TrafficPair['east'], ...peers: readonly string[]) => ({
        agent,
        token: agent.token,
        gatewayTokens: [],
        peers,
      });
      const { report } = await checkCluster(
        cluster(pair.east, 'west', 'west-2'),
        cluster(pair.west, 'east', 'east-2'),
      );
      return report.results
        .filter(({ id }) => id === 'intentions-allow-peer')
        .flatMap(({ findings }) => findings.map(({ severity, subject }) => `${severity} ${subject.name}`));
    };

    it('refuses a caller that either peer is denied as, if the service is exported to both', async () => {
      await exportTo('west', 'west-2');
      await intend(deny('west-2'));
      await waitUntil(false);
      expect(await deniedBy()).toEqual(['error web of west → api']);

      await intend(deny('west-2'), { Name: 'web', Peer: 'west', Action: 'allow' });
      await waitUntil(false);
      expect(await deniedBy()).toEqual(['error web of west → api']);

      await exportTo('west');
      await waitUntil(true);
      expect(await deniedBy()).toEqual([]);
    });
  },
);

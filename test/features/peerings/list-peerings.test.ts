import { manifest } from '../../local-manifest';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';
import { createClusterSlots } from '../../../src/clusters/cluster-slots';
import type { ReachCluster } from '../../../src/clusters/reach-cluster';
import type { Config, Grant } from '../../../src/config/config';
import { createSemaphore } from '../../../src/consul/semaphore';
import { listPeeringsJob } from '../../../src/features/peerings/list-peerings-job';
import type { PeeringsServices } from '../../../src/features/peerings/peerings-request';
import type { RedisClient } from '../../../src/redis/redis';
import { failure, success } from '../../../src/result';
import { describeWith } from '../../lab/binaries';
import { type RedisServer, startRedis } from '../../lab/redis';
import { connectTestRedis } from '../../redis-client';
import { testReplyServices, testRun } from '../../slack/job-services';
import { clusterOf, configOf } from '../../slack/support';

describeWith(['redis'], 'the list of peerings', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let slack: Workspace;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'working');
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    await redis.flushall();
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
  });
  afterEach(() => slack.stop());

  const configWith = (grant: Partial<Grant>): Config => ({
    ...configOf({
      restrict: true,
      grants: [{ allow: ['peerings'], users: [people.requester.id], ...grant }],
    }),
    clusters: new Map([
      ['prod-east', { ...clusterOf('prod-east'), peers: { west: 'prod-west' } }],
      ['prod-west', { ...clusterOf('prod-west'), peers: { east: 'prod-east' } }],
      ['staging', clusterOf('staging')],
    ]),
  });
  const peersOf: PeeringsServices['listPeerings'] = async ({ name }) =>
    success(
      name === 'prod-east'
        ? [{ name: 'west', state: 'ACTIVE' }]
        : name === 'prod-west'
          ? [{ name: 'east', state: 'FAILING' }]
          : [],
    );
  const go = (
    words: readonly string[],
    {
      grant = {},
      reach = async () => success(undefined),
    }: { readonly grant?: Partial<Grant>; readonly reach?: ReachCluster } = {},
  ) => {
    const read: string[] = [];
    const config = configWith(grant);
    const outcome = listPeeringsJob.handle({
      ...testReplyServices({ redis, slack, config }),
      ...testRun(),
      clusterSlots: createClusterSlots(5),
      fleetSlots: createClusterSlots(5),
      fleetLanes: createSemaphore(4),
      reach,
      listPeerings: (cluster, options) => {
        read.push(cluster.name);
        return peersOf(cluster, options);
      },
      payload: {
        words: [...words],
        channel: channels.platform,
        user: people.requester.id,
        team: people.requester.teamId,
      },
    });
    return outcome.then((ended) => ({ ended, read: read.toSorted() }));
  };
  const rows = () =>
    slack
      .messages(channels.platform)
      .flatMap(({ blocks }) => blocks as { type: string; rows?: { text: string }[][] }[])
      .flatMap(({ type, rows: found = [] }) => (type === 'data_table' ? found.slice(1) : []))
      .map((row) => row.slice(0, 4).map(({ text }) => text));

  it('shows each peering once, with both sides, in one message', async () => {
    expect((await go(['all'])).ended).toEqual({ kind: 'done', as: 'answered' });
    expect(rows()).toEqual([['prod-east/west', '🔴 ACTIVE', 'prod-west/east', 'FAILING']]);
    expect(slack.messages(channels.platform)).toHaveLength(1);
  });

  it('reads the other side of a cluster that is requested alone', async () => {
    expect((await go(['prod-east'])).read).toEqual(['prod-east', 'prod-west']);
    expect(rows()[0]?.[3]).toBe('FAILING');
  });

  it('reads and names no other side that the person may not see', async () => {
    expect((await go(['all'], { grant: { clusters: ['prod-east'] } })).read).toEqual(['prod-east']);
    expect(rows()).toEqual([['prod-east/west', '🟢 ACTIVE', '?/?', 'not known']]);
    expect(JSON.stringify(slack.messages(channels.platform))).not.toContain('prod-west');
  });

  it('says which clusters could not be read, and lists the others', async () => {
    const reach: ReachCluster = async ({ name }) =>
      name === 'staging'
        ? failure({ cause: 'timeout', message: 'silent', temporary: true })
        : success(undefined);
    await go(['all'], { reach });
    expect(rows()).toHaveLength(1);
    expect(JSON.stringify(slack.messages(channels.platform))).toContain('silent');
  });

  it('refuses a glob that matches nothing the person may see', async () => {
    const { ended, read } = await go(['stag*'], { grant: { clusters: ['prod-*'] } });
    expect([ended, read]).toEqual([{ kind: 'done', as: 'refused' }, []]);
    expect(slack.messages(channels.platform)).toEqual([]);
  });
});

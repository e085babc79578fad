import { manifest } from '../../local-manifest';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';
import type { Grant } from '../../../src/config/config';
import { renderDoctor } from '../../../src/features/doctor/doctor.message';
import { linesOf } from '../../../src/features/doctor/finding';
import { runDoctor } from '../../../src/features/doctor/run-doctor';
import { messageRoom } from '../../../src/render/slack/limits';
import type { RedisClient } from '../../../src/redis/redis';
import { describeWith } from '../../lab/binaries';
import { type RedisServer, startRedis } from '../../lab/redis';
import { connectTestRedis } from '../../redis-client';
import { expectMessage } from '../../render/slack/held';
import { testReplyServices, testRun } from '../../slack/job-services';
import { configOf } from '../../slack/support';

describeWith(['redis'], '/peering doctor', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let slack: Workspace;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'working');
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
  });
  afterAll(async () => {
    redis.disconnect();
    await slack.stop();
    await server.stop();
  });
  beforeEach(() => redis.flushall());

  const go = async (grants: readonly Grant[]) => {
    const examined: string[] = [];
    const outcome = await runDoctor.handle({
      ...testReplyServices({ redis, slack, config: configOf({ restrict: false, grants }) }),
      ...testRun({ id: `run-${Math.random()}` }),
      examine: async (clusters) => {
        examined.push(...clusters);
        return [
          linesOf('configuration').problem('clusters.staging.address: expected an origin', ''),
          ...clusters.map((name) => linesOf(name).ok('answers')),
        ];
      },
      payload: { channel: channels.platform, user: people.requester.id, team: people.requester.teamId },
    });
    const answer = JSON.stringify(slack.messages(people.requester.id));
    return { outcome, examined, answer };
  };

  it('examines what the person may see, and answers in private', async () => {
    const user = people.requester.id;
    const { outcome, examined } = await go([{ allow: ['doctor'], users: [user], clusters: ['prod-*'] }]);
    expect([outcome, examined]).toEqual([{ kind: 'done', as: 'answered' }, ['prod-east', 'prod-west']]);
    expect(slack.messages(channels.platform)).toEqual([]);
  });

  it('refuses people without a grant', async () => {
    const { outcome, examined } = await go([]);
    expect([outcome, examined]).toEqual([{ kind: 'done', as: 'refused' }, []]);
  });
});

describe('the answer', () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, at) =>
      linesOf(`c-${at}`).problem(`<!channel> ${'x'.repeat(600)}`, 'do'),
    );

  it('fits into a message, whatever there is, and mentions nobody', () => {
    for (const n of [0, 1, 100]) {
      const message = renderDoctor(
        lines(n),
        lines(n).map(({ area }) => area),
      );
      expectMessage(message, messageRoom);
      expect(JSON.stringify(message)).not.toContain('<!channel>');
    }
  });

  it('counts clusters without a problem in one line', () => {
    const fine = ['east', 'west'].map((name) => linesOf(name).ok('answers'));
    const { blocks } = renderDoctor([...fine, linesOf('Redis').ok('answers')], ['east', 'west']);
    expect(JSON.stringify(blocks)).toContain('2 clusters');
    expect(JSON.stringify(blocks)).not.toContain('*east*');
  });
});

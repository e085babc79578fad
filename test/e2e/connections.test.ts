import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { describeWith } from '../lab/binaries';
import { sleep } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { manifest, startBotProcess } from './support';

jest.setTimeout(60_000);

describeWith(['redis'], 'the connections of Socket Mode', () => {
  let redis: RedisServer;
  let slack: Workspace;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    redis = await startRedis();
    ends.push(redis.stop);
    slack = await startWorkspace({ manifest });
    ends.push(slack.stop);
    const bot = await startBotProcess({ slack, redisUrl: redis.url, clusters: 'clusters: {}' });
    ends.push(() => bot.end('SIGKILL'));
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  const answered = async (): Promise<boolean> => {
    const { ack } = await slack.typeCommand(people.requester.id, channels.platform, '/peering nonsense');
    return ack?.['text'] !== undefined;
  };

  it('are two, so that each may be away for a moment', async () => {
    expect(slack.sockets.connections()).toBe(2);
    expect(await answered()).toBe(true);
    expect(await answered()).toBe(true);
  });

  it('come back after they were cut', async () => {
    slack.sockets.drop();
    await slack.until(() => slack.sockets.connections() === 0);
    await slack.until(() => slack.sockets.connections() === 2, 'both connections', 30_000);
    expect(await answered()).toBe(true);
  });

  it('come back after Slack asked them to, also where it fails at first', async () => {
    slack.faults.next('apps.connections.open', { kind: 'status', status: 500 }, 3);
    slack.sockets.refresh();
    await slack.until(() => slack.sockets.connections() === 0);
    await slack.until(() => slack.sockets.connections() === 2, 'both connections', 40_000);
    await sleep(100);
    expect(await answered()).toBe(true);
  });
});

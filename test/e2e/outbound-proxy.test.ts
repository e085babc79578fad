import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { type RecordingProxy, startRecordingProxy } from '../lab/recording-proxy';
import { type RedisServer, startRedis } from '../lab/redis';
import { manifest, startBotProcess } from './support';

jest.setTimeout(120_000);

describeWith(['consul', 'redis'], 'an outbound proxy', () => {
  let agent: ConsulAgent;
  let redis: RedisServer;
  let slack: Workspace;
  let proxy: RecordingProxy;
  const ends: (() => unknown)[] = [];

  beforeEach(async () => {
    agent = await startConsul();
    ends.push(agent.stop);
    redis = await startRedis();
    ends.push(redis.stop);
    slack = await startWorkspace({ manifest });
    ends.push(slack.stop);
    proxy = await startRecordingProxy();
    ends.push(proxy.stop);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const checkOnce = async (env: Readonly<Record<string, string>>, settings = ''): Promise<void> => {
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `clusters: { prod: { address: '${agent.address}', token: { env: TOKEN }${settings} } }\n`,
      env: { TOKEN: agent.token, LOG_LEVEL: 'debug', ...env },
    });
    ends.push(() => bot.end('SIGKILL'));
    const { id } = people.requester;
    await slack.typeCommand(id, channels.platform, '/peering check prod');
    await slack.until(
      () => slack.messages(channels.platform).some(({ text }) => /ready for peering/.test(text)),
      'the answer',
      30_000,
    );
    // A refusal is answered through the address that came with the command.
    await slack.typeCommand(id, channels.platform, '/peering mute prod mesh-* for 7d x');
    await slack.until(() => slack.ephemerals(id).length > 0, 'the refusal', 30_000);
    expect(bot.output()).not.toContain('hunter2');
  };
  const hosts = (): ReadonlySet<string> => new Set(proxy.seen());
  const viaProxy = (): Record<string, string> => {
    const address = proxy.address.replace('//', '//someone:hunter2@');
    return { HTTPS_PROXY: address, HTTP_PROXY: address };
  };

  it('sees calls to Slack, Socket Mode included, and none to Consul', async () => {
    await checkOnce(viaProxy());
    expect([...hosts()]).toEqual([new URL(slack.apiUrl).host]);
    // More than the connections of Socket Mode.
    expect(proxy.seen().length).toBeGreaterThan(2);
  });

  it('of a cluster sees its calls, none to other clusters, and none to Slack', async () => {
    const ofCluster = await startRecordingProxy();
    ends.push(ofCluster.stop);
    const other = await startConsul();
    ends.push(other.stop);
    const settings = `, proxy: { address: '${ofCluster.address}', user: someone, password: { env: PROXY_PASSWORD } } },
      other: { address: '${other.address}', token: { env: OTHER_TOKEN }`;
    await checkOnce({ ...viaProxy(), PROXY_PASSWORD: 'hunter2-too', OTHER_TOKEN: other.token }, settings);
    expect(new Set(ofCluster.seen())).toEqual(new Set([new URL(agent.address).host]));
    expect(new Set(ofCluster.credentials())).toEqual(new Set(['someone:hunter2-too']));
    expect([...hosts()]).toEqual([new URL(slack.apiUrl).host]);
  });

  it('is not used for the hosts of NO_PROXY', async () => {
    await checkOnce({ ...viaProxy(), NO_PROXY: '127.0.0.1,localhost' });
    expect([...hosts()]).toEqual([]);
  });
});

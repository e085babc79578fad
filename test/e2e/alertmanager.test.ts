import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { notification } from '../features/alerts/notification';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { type BotProcess, manifest, startBotProcess } from './support';

jest.setTimeout(120_000);

const channel = channels.platform;
const token = 'alertmanager-token-5b1c';

describeWith(['consul', 'redis'], 'a notification of Alertmanager', () => {
  let agent: ConsulAgent;
  let redis: RedisServer;
  let slack: Workspace;
  let bot: BotProcess;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    [agent, redis, slack] = await Promise.all([startConsul(), startRedis(), startWorkspace({ manifest })]);
    ends.push(agent.stop, redis.stop, slack.stop);
  });
  afterEach(() => bot?.end('SIGKILL'));
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  /** Starts the bot; returns what sends it a notification. */
  const start = async (env: Readonly<Record<string, string>> = {}) => {
    bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `
clusters: { prod: { address: '${agent.address}', token: { env: TOKEN } } }
alertmanager: { token: { env: AM_TOKEN }, channel: ${channel}, owner: ${people.requester.id} }
`,
      env: { TOKEN: agent.token, AM_TOKEN: token, PORT: '0', LOG_LEVEL: 'info', ...env },
    });
    const port = /"port":(\d+)/.exec(bot.output())?.[1] ?? '';
    return (body: object) =>
      fetch(`http://127.0.0.1:${port}/webhooks/alertmanager`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
  };

  it.each([
    ['Socket Mode', {}],
    ['HTTP mode', { SLACK_APP_TOKEN: '', SLACK_SIGNING_SECRET: 'signing-secret' }],
  ])('starts a check that is answered in its thread, with %s', async (mode, env) => {
    const send = await start(env);
    const groupKey = `group of ${mode}`;
    const before = slack.messages(channel).length;
    expect((await send(notification(['prod', 'nope'], { groupKey }))).status).toBe(202);
    await slack.until(() => slack.messages(channel).length > before, 'the alert', 30_000);
    const { ts } = slack.messages(channel)[before] ?? { ts: '' };
    const answers = () => slack.thread(ts).filter(({ text }) => /ready for peering/.test(text));
    await slack.until(() => answers().length === 1, 'the check', 30_000);
    // A notification during the check joins it.
    await waitFor('the end of the check', () => /"job":"check-cluster".*"job ended"/.test(bot.output()));
    await send(notification(['prod'], { groupKey }));
    await slack.until(() => answers().length === 2, 'the check again', 30_000);
    const known = slack.thread(ts).length;
    await send(notification(['prod'], { groupKey, status: 'resolved' }));
    await slack.until(() => slack.thread(ts).length > known, 'that it is resolved', 30_000);
    expect(slack.messages(channel)).toHaveLength(before + 1);
    expect(bot.output()).not.toContain(token);
  });

  it('stays open where it fires again before its first message is posted', async () => {
    const send = await start();
    const groupKey = 'group during an outage';
    const before = slack.messages(channel).length;
    const posted = () => slack.messages(channel).slice(before);
    const waits = () => new Set(bot.output().match(/"request":"alert-[^"]+"(?=.*"kind":"delay")/g)).size;
    slack.faults.next('chat.postMessage', { kind: 'status', status: 503 }, 1000);
    await send(notification(['prod'], { groupKey }));
    await waitFor('the alert to wait', () => waits() === 1);
    await send(notification(['prod'], { groupKey, status: 'resolved' }));
    await waitFor('that it is resolved to wait', () => waits() === 2);
    await send(notification(['prod'], { groupKey }));
    await waitFor('that it fires again to wait', () => waits() === 3);
    slack.faults.clear();
    await waitFor('the older one to end', () => /"as":"outdated"/.test(bot.output()));
    await slack.until(() => posted().length > 0, 'the alert', 30_000);
    const isResolved = () => slack.thread(posted()[0]?.ts ?? '').some(({ text }) => /resolved/.test(text));
    expect([posted().length, isResolved()]).toEqual([1, false]);
    await send(notification(['prod'], { groupKey, status: 'resolved' }));
    await slack.until(isResolved, 'that it is resolved', 30_000);
    expect(posted()).toHaveLength(1);
  });
});

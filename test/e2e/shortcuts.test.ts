import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { formIdOf } from '../../src/render/slack/command-form';
import { inputAction } from '../../src/render/slack/form';
import { checkMessageShortcut, checkShortcut } from '../../src/slack/shortcuts';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { type RedisServer, startRedis } from '../lab/redis';
import { type BotProcess, manifest, startBotProcess } from './support';

jest.setTimeout(120_000);

const robin = people.requester.id;
/** Has no right to any cluster. */
const reader = people.approver.id;
const channel = channels.platform;

describeWith(['consul', 'redis'], 'a shortcut', () => {
  let agent: ConsulAgent;
  let redis: RedisServer;
  let slack: Workspace;
  let bot: BotProcess;

  beforeAll(async () => {
    [agent, redis, slack] = await Promise.all([startConsul(), startRedis(), startWorkspace({ manifest })]);
    bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `clusters:
  hidden: { address: '${agent.address}', token: { env: TOKEN } }
  prod: { address: '${agent.address}', token: { env: TOKEN } }
  staging: { address: '${agent.address}', token: { env: TOKEN } }
access:
  - { restrict: true }
  - { allow: [check], clusters: [prod, staging], users: [${robin}] }
`,
      env: { TOKEN: agent.token, LOG_LEVEL: 'info' },
    });
  });
  afterAll(async () => {
    await bot?.end('SIGKILL');
    await slack?.stop();
    await redis?.stop();
    await agent?.stop();
  });

  const isAnswer = ({ text }: { readonly text: string }): boolean => /ready for peering/.test(text);
  const form = () =>
    slack.views(robin).find(({ content }) => content['callback_id'] === formIdOf({ command: 'check' }));
  /** Messages of the bot in conversations with one person. */
  const directs = () =>
    [...slack.state.messages.values()]
      .flat()
      .filter((message) => message.channel !== channel && message.user === people.bot.id);
  const shownCommand = (): string => JSON.stringify(form()?.content['blocks']);

  it('of a message checks the cluster that it names, and answers in its thread', async () => {
    const { ts } = slack.say(robin, channel, 'PeeringDown fires for prod since noon');
    await slack.useShortcut(robin, checkMessageShortcut, ts);
    await slack.until(() => slack.thread(ts).some(isAnswer), 'the answer', 30_000);
    expect(
      slack
        .messages(channel)
        .filter(({ threadTs }) => threadTs === undefined)
        .filter(isAnswer),
    ).toEqual([]);
  });

  it('of a message with several clusters checks those that the person may see', async () => {
    const { ts } = slack.say(
      robin,
      channel,
      'PROD, _staging_ and hidden: <https://x.example/?cluster=hidden|all>',
    );
    await slack.useShortcut(robin, checkMessageShortcut, ts);
    const answers = () => slack.thread(ts).filter(({ fromBot }) => fromBot);
    await slack.until(() => answers().some(({ text }) => /2 clusters/.test(text)), 'the answer', 30_000);
    expect(JSON.stringify(answers())).not.toMatch(/hidden/);
  });

  it('of a message that only names a cluster that the person may not see opens the form', async () => {
    const { ts } = slack.say(robin, channel, 'hidden is down');
    await slack.useShortcut(robin, checkMessageShortcut, ts);
    await slack.until(() => form() !== undefined, 'the form', 30_000);
    expect(JSON.stringify(form()?.content)).not.toMatch(/hidden/);
    await slack.closeView(robin);
    expect(slack.thread(ts)).toEqual([]);
  });

  it('of someone who may see no cluster says so, and opens no form', async () => {
    const { ts } = slack.say(reader, channel, 'prod is down');
    await slack.useShortcut(reader, checkMessageShortcut, ts);
    const shown = () => slack.ephemerals(reader, channel)[0] ?? slack.views(reader)[0];
    await slack.until(() => shown() !== undefined, 'the refusal', 30_000);
    await slack.until(() => !JSON.stringify(shown()).includes('⏳'), 'the end', 30_000);
    expect(JSON.stringify([slack.ephemerals(reader), slack.views(reader)])).not.toMatch(
      /prod|staging|hidden/,
    );
  });

  it('of a message without a cluster opens a form, whose answer is in the thread', async () => {
    const { ts } = slack.say(robin, channel, 'is everything all right?');
    await slack.useShortcut(robin, checkMessageShortcut, ts);
    await slack.until(() => form() !== undefined, 'the form', 30_000);
    await slack.submitView(robin, { [`cluster/${inputAction}`]: 'prod' });
    await slack.until(() => slack.thread(ts).some(isAnswer), 'the answer', 30_000);
  });

  it('of the workspace opens the form, which shows the command as it changes', async () => {
    await slack.useShortcut(robin, checkShortcut);
    await slack.until(() => form() !== undefined, 'the form', 30_000);
    expect(shownCommand()).toContain('/peering check CLUSTER');
    await slack.click(robin, 'modal', inputAction, { blockId: 'cluster', selected: 'prod' });
    await slack.until(() => shownCommand().includes('/peering check prod'), 'the command', 30_000);
    const before = directs().length;
    await slack.submitView(robin, { [`cluster/${inputAction}`]: 'prod' });
    await slack.until(() => directs().length > before, 'the answer', 30_000);
  });
});

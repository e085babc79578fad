import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { type RedisServer, startRedis } from '../lab/redis';
import { type BotProcess, manifest, startBotProcess } from './support';

jest.setTimeout(120_000);

const robin = people.requester.id;
/** A second person, since one may give ten commands a minute. */
const noa = people.lead.id;
const reader = people.approver.id;
const { guest } = people;
const waitMs = 30_000;

describeWith(['consul', 'redis'], 'the assistant view', () => {
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
owners:
  - { clusters: [staging], channel: ${channels.random}, usergroup: S0TEAM }
access:
  - { restrict: true }
  - { allow: [help, check, peerings], clusters: [prod, staging], users: [${robin}, ${noa}] }
  - { allow: [help], users: [${reader}] }
  - { allow: [acl], clusters: [prod], users: [${robin}] }
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

  const open = (user: string, viewed?: string) => slack.openAssistant(user, viewed);
  const suggested = async (thread: { readonly prompts: readonly { readonly message: string }[] }) => {
    await slack.until(() => thread.prompts.length > 0, 'the prompts', waitMs);
    return thread.prompts.map(({ message }) => message);
  };
  const answersIn = (ts: string) => slack.thread(ts).filter(({ fromBot }) => fromBot);
  const answerTo = async (user: string, text: string, expected: RegExp) => {
    const { ts } = await open(user);
    await slack.write(user, text, ts);
    const found = () => answersIn(ts).find((one) => expected.test(one.text));
    const answer = await slack.until(found, `an answer like ${String(expected)}`, waitMs);
    return { ts, answer };
  };
  const statuses = (ts: string) =>
    slack.traffic
      .calls('assistant.threads.setStatus')
      .map(({ request }) => new URLSearchParams(request))
      .filter((sent) => sent.get('thread_ts') === ts)
      .map((sent) => sent.get('status'));

  it('suggests only what the person may do and see', async () => {
    expect(await suggested(await open(robin))).toEqual([
      'check prod',
      'check all --short',
      'peerings',
      'help',
    ]);
    expect(await suggested(await open(reader))).toEqual(['help']);
  });

  it('suggests a cluster of the channel beside it first', async () => {
    const thread = await open(robin, channels.random);
    expect((await suggested(thread))[0]).toBe('check staging');
    await slack.viewChannel(thread, channels.platform);
    await slack.until(() => thread.prompts[0]?.message === 'check prod', 'other prompts', waitMs);
  });

  it('suggests nothing to a guest, who gets the refusal of a mention', async () => {
    const { ts } = await open(guest.id);
    await slack.write(guest.id, 'check prod', ts);
    const answer = await slack.until(() => answersIn(ts)[0], 'the refusal', waitMs);
    await slack.mention(guest.id, channels.platform, 'check prod');
    const private_ = await slack.until(() => slack.ephemerals(guest.id)[0], 'the other refusal', waitMs);
    expect(answer.text).toBe(private_.text);
    expect(slack.state.assistants.get(ts)?.prompts).toEqual([]);
  });

  it('answers a command in its thread, which it names, with a status that ends', async () => {
    const { ts } = await answerTo(robin, 'check prod', /ready for peering/);
    await slack.until(() => slack.state.assistants.get(ts)?.title === 'check prod', 'the title', waitMs);
    await slack.until(() => statuses(ts).at(-1) === '', 'the end of the status', waitMs);
    expect(statuses(ts)[0]).toMatch(/working/);
    expect(slack.statusOf(ts)).toBeUndefined();
  });

  it.each([
    ['a job', 'acl hidden', /not configured|may not|permission|not allowed/i],
    ['a cluster that the person may not see', 'check hidden', /not/],
    ['a typo', 'chekc prod', /check/],
  ])('refuses %s there as a mention does', async (_, text, expected) => {
    const before = slack.ephemerals(robin).length;
    const { answer } = await answerTo(robin, text, expected);
    await slack.mention(robin, channels.platform, text);
    const told = await slack.until(
      () =>
        slack.ephemerals(robin)[before] ??
        slack
          .messages(slack.state.channels.get(answer.channel)?.id ?? '')
          .find((one) => one.text === answer.text),
      'the refusal of the mention',
      waitMs,
    );
    expect(told.text).toBe(answer.text);
  });

  it('posts private answers in the thread', async () => {
    const { ts } = await open(robin);
    await slack.write(robin, 'acl prod', ts);
    await slack.until(() => answersIn(ts).length > 0, 'the private answer', waitMs);
    await slack.until(() => statuses(ts).at(-1) === '', 'the end of the status', waitMs);
    expect(slack.statusOf(ts)).toBeUndefined();
  });

  it('repeats no markup, and mentions nobody', async () => {
    for (const text of [
      '<!channel> <@U0000> *check* `x`',
      `check <!everyone>${'&lt;!here&gt;'.repeat(200)}`,
    ]) {
      const { ts } = await answerTo(noa, text, /./);
      expect(answersIn(ts).flatMap(({ mentions }) => mentions)).toEqual([]);
    }
  });

  it('goes on without prompts, titles and statuses that Slack refuses', async () => {
    for (const method of ['setSuggestedPrompts', 'setTitle', 'setStatus'])
      slack.faults.next(`assistant.threads.${method}`, { kind: 'error', error: 'missing_scope' }, 100);
    const { ts } = await answerTo(noa, 'check prod', /ready for peering/);
    expect(slack.state.assistants.get(ts)?.prompts).toEqual([]);
    slack.faults.clear();
    expect(await suggested(await open(noa))).toHaveLength(4);
  });

  it('answers a message that Slack delivers again once', async () => {
    const { ts } = await open(reader);
    const sent = await slack.write(reader, 'help', ts);
    await slack.until(() => answersIn(ts).length > 0, 'help', waitMs);
    await slack.deliver('events_api', sent?.payload ?? {});
    await answerTo(reader, 'help', /./);
    expect(answersIn(ts)).toHaveLength(1);
  });
});

import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import type { CommandName } from '../../src/config/commands';
import { formIdOf } from '../../src/render/slack/command-form';
import { inputAction } from '../../src/render/slack/form';
import { formButton } from '../../src/slack/form-buttons';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { type RedisServer, startRedis } from '../lab/redis';
import { type BotProcess, manifest, startBotProcess } from './support';

jest.setTimeout(120_000);

const robin = people.requester.id;
/** Another person, since one may give ten commands a minute. */
const noa = people.lead.id;
const reader = people.approver.id;
const channel = channels.platform;

describeWith(['consul', 'redis'], 'a mention of the bot', () => {
  let agent: ConsulAgent;
  let redis: RedisServer;
  let slack: Workspace;
  let bot: BotProcess;

  beforeAll(async () => {
    [agent, redis, slack] = await Promise.all([startConsul(), startRedis(), startWorkspace({ manifest })]);
    // A dangling export, so that the answer has replies.
    await agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'gone', Consumers: [{ Peer: 'west' }] }],
    });
    await agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `clusters:
  prod: { address: '${agent.address}', token: { env: TOKEN } }
access:
  - { allow: [acl], users: [${robin}] }
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
  const answers = () => slack.messages(channel).filter(isAnswer);
  const form = (command: CommandName) =>
    slack.views(reader).find(({ content }) => content['callback_id'] === formIdOf({ command: command }));
  const repliesTo = (ts: string) => slack.thread(ts);

  it('is a command, answered in the channel', async () => {
    await slack.mention(robin, channel, 'check prod');
    await slack.until(() => answers().length === 1, 'the answer', 30_000);
  });

  it('in a thread is answered there, with all its parts', async () => {
    const before = slack.messages(channel).length;
    const { ts } = slack.say(robin, channel, 'is prod all right?');
    await slack.mention(robin, channel, 'check prod', ts);
    // The question is the first reply.
    const found = await slack.until(
      () => repliesTo(ts).some(isAnswer) && repliesTo(ts).length > 2 && repliesTo(ts),
      'the answer and its parts',
      30_000,
    );
    expect(found.every(({ threadTs }) => threadTs === ts)).toBe(true);
    expect(slack.messages(channel)).toHaveLength(before + 1);
  });

  it('in the middle of a sentence is one, also pasted as code, with an address as Slack rewrites it', async () => {
    const { ts } = slack.say(noa, channel, 'is prod all right?');
    const bot = `<@${people.bot.id}>`;
    await slack.mention(noa, channel, `hey ${bot}, \`/peering check <http://prod|prod>\``, ts);
    await slack.until(() => repliesTo(ts).some(isAnswer), 'the answer', 30_000);
  });

  it('at the end of a sentence is one', async () => {
    const { ts } = slack.say(noa, channel, 'is prod all right?');
    await slack.mention(noa, channel, `Can you check prod, please? <@${people.bot.id}>`, ts);
    await slack.until(() => repliesTo(ts).some(isAnswer), 'the answer', 30_000);
  });

  it('by a bot, or where the bot is not, gets no answer', async () => {
    const { ts } = slack.say(noa, channel, 'no answer here');
    const text = `<@${people.bot.id}> check prod`;
    const event = { type: 'app_mention', text, channel, ts: slack.state.nextTs(), thread_ts: ts };
    await slack.sendEvent({ ...event, user: people.slackbot.id, bot_id: 'B0OTHER' });
    expect(await slack.mention(noa, channels.random, 'check prod')).toBeUndefined();
    // Events are handled in order: what follows is answered alone.
    await slack.mention(noa, channel, 'clusters', ts);
    await slack.until(
      () => slack.ephemerals(noa, channel).some(({ threadTs }) => threadTs === ts),
      'clusters',
      30_000,
    );
    expect(repliesTo(ts).filter(({ fromBot }) => fromBot)).toEqual([]);
    expect(slack.messages(channels.random).filter(({ fromBot }) => fromBot)).toEqual([]);
  });

  it('shows refusals and help only to the person', async () => {
    const { ts } = slack.say(robin, channel, 'who may do what?');
    const before = slack.messages(channel).length;
    await slack.mention(robin, channel, 'mute prod mesh-* for 7d x', ts);
    await slack.mention(robin, channel, '');
    await slack.until(() => slack.ephemerals(robin, channel).length === 2, 'two private answers', 30_000);
    const inThread = slack.ephemerals(robin, channel).map(({ threadTs }) => threadTs);
    expect(new Set(inThread)).toEqual(new Set([ts, undefined]));
    // The mention itself.
    expect(slack.messages(channel)).toHaveLength(before + 1);
  });

  it('offers the form where words are missing, and answers what it sends in the thread', async () => {
    const { ts } = slack.say(reader, channel, 'which cluster?');
    await slack.mention(reader, channel, 'check', ts);
    const offer = await slack.until(() => slack.ephemerals(reader, channel)[0], 'the offer', 30_000);
    await slack.click(reader, offer.ts, formButton('check').id);
    await slack.until(() => form('check') !== undefined, 'the form', 30_000);
    await slack.submitView(reader, { [`cluster/${inputAction}`]: 'prod' });
    await slack.until(() => repliesTo(ts).some(isAnswer), 'the answer', 30_000);
  });

  it('has buttons in help that open the forms that the person may use, and no others', async () => {
    const before = slack.ephemerals(reader, channel).length;
    await slack.mention(reader, channel, 'help');
    const help = await slack.until(() => slack.ephemerals(reader, channel)[before], 'help', 30_000);
    const text = JSON.stringify(help.blocks);
    const shown = (command: CommandName): boolean => text.includes(formButton(command).id);
    expect(shown('trace')).toBe(true);
    expect([shown('mute'), shown('token'), shown('acl')]).toEqual([false, false, false]);
    await slack.click(reader, help.ts, formButton('check').id);
    await slack.until(() => form('check') !== undefined, 'the form', 30_000);
  });

  it('answers privately what is private', async () => {
    await slack.mention(robin, channel, 'acl prod');
    // In the conversation with the bot.
    const direct = () =>
      [...slack.state.messages.values()]
        .flat()
        .filter((message) => message.channel !== channel && message.user === people.bot.id);
    await slack.until(() => direct().length > 0, 'the private answer', 30_000);
    expect(answers()).toHaveLength(1);
  });

  describe('with files', () => {
    const exported = {
      name: 'exports.hcl',
      text: 'Kind = "exported-services"\nName = "default"\nServices = [{ Name = "api", Consumers = [{ Peer = "wset" }] }]\n',
    };
    const answerTo = async (words: string, files: readonly { name: string; text: string }[]) => {
      const before = slack.messages(channel).length;
      await slack.mention(robin, channel, words, undefined, files);
      const { ts } = slack.messages(channel)[before] ?? { ts: '' };
      const isAnswered = () =>
        [...repliesTo(ts), ...slack.ephemerals(robin, channel)].filter(
          ({ threadTs, text }) => threadTs === ts && !/checking the cluster/.test(text),
        );
      return slack.until(() => isAnswered().length > 0 && isAnswered()[0], 'the answer', 30_000);
    };
    const entries = () => agent.call('GET', '/v1/config/exported-services');

    it('says in its thread what they would fix and break, and changes nothing', async () => {
      const before = await entries();
      const { text, blocks } = await answerTo('check prod', [exported]);
      expect(text).toMatch(/would fix \d, would break \d/);
      expect(JSON.stringify(blocks)).toMatch(/exported-services-peer-known/);
      expect(await entries()).toEqual(before);
    });

    it('says the file, the line, and what was expected there, without what the file says', async () => {
      const wrong = { name: 'wrong.hcl', text: 'Kind = "mesh"\n\nToken = canary-1\n' };
      const { text } = await answerTo('check prod', [exported, wrong]);
      expect(text).toMatch(/wrong\.hcl:3: expected/);
    });

    it.each([
      ['of another kind', 'check prod', [{ name: 'photo.png', text: 'canary-2' }], /\.yaml/],
      ['for several clusters', 'check all', [exported], /one cluster/],
      ['for a cluster that is none', 'check nothing', [exported], /not configured/],
    ])('that are %s are refused', async (_, words, files, expected) => {
      expect((await answerTo(words, files)).text).toMatch(expected);
    });

    it('keeps secrets of registrations out of its answer and its log', async () => {
      const service = {
        name: 'web.json',
        text: JSON.stringify({
          Name: 'web',
          Port: 80,
          Token: 'canary-3',
          Meta: { password: 'canary-4' },
          Connect: { SidecarService: { Proxy: { Config: { envoy_token: 'canary-5' } } } },
        }),
      };
      await answerTo('check prod', [service, exported]);
      const sent = slack.traffic.all
        .filter(({ from, what }) => from === 'app' && what !== 'download')
        .map(({ request }) => request);
      expect(sent.join('\n')).not.toMatch(/canary-\d/);
      expect(bot.output()).not.toMatch(/canary-\d/);
    });
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { runButtons } from '../../src/features/history/run-buttons';
import { optionalScopes } from '../../src/features/doctor/scope-purposes';
import { renderFailure } from '../../src/render/slack/failure';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { describeWith } from '../lab/binaries';
import { type PeeredPair, startPeeredPair } from '../lab/pair';
import { freePorts, sleep, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import {
  type BotOptions,
  type BotProcess,
  type Gate,
  launchBot,
  manifest,
  startBotProcess,
  startGate,
} from './support';

jest.setTimeout(60_000);

const robin = people.requester.id;

describeWith(['consul', 'redis'], 'the bot, from command to findings', () => {
  let pair: PeeredPair;
  let gate: Gate;
  let redis: RedisServer;
  let slack: Workspace;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    pair = await startPeeredPair();
    gate = await startGate(pair.east.agent.address);
  }, 120_000);
  afterAll(async () => {
    gate.stop();
    await pair.stop();
  });
  beforeEach(async () => {
    redis = await startRedis({ appendOnly: true });
    ends.push(redis.stop);
    // Slack lets short bursts pass; what is tested here is that the bot does not rely on it.
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 1, burst: 1 } });
    ends.push(slack.stop);
  });
  afterEach(async () => {
    gate.release();
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const options = (): BotOptions => ({
    slack,
    redisUrl: redis.url,
    clusters: `
clusters:
  prod-east: { address: '${gate.address}', token: { env: EAST_TOKEN }, peers: { west: prod-west } }
  prod-west: { address: '${pair.west.agent.address}', token: { env: WEST_TOKEN }, peers: { east: prod-east } }
`,
    env: { EAST_TOKEN: pair.east.agent.token, WEST_TOKEN: pair.west.agent.token },
  });
  const start = async (over: Partial<BotOptions> = {}): Promise<BotProcess> => {
    const given = options();
    const bot = await startBotProcess({ ...given, ...over, env: { ...given.env, ...over.env } });
    ends.push(() => bot.end('SIGKILL'));
    return bot;
  };
  const command = (line = '/peering check prod-east', channel: string = channels.platform, who = robin) =>
    slack.typeCommand(who, channel, line);
  /** The modal on top, once it shows more than that it is being filled. */
  const filled = () => slack.views(robin).find(({ content }) => (content['blocks'] as unknown[]).length > 1);
  const messages = (channel: string = channels.platform) => slack.messages(channel);
  const done = (channel: string = channels.platform, count = 1) =>
    slack.until(
      () => {
        const texts = messages(channel).map(({ text }) => text);
        return (
          texts.length === count && texts.every((text) => /ready for peering/.test(text)) && messages(channel)
        );
      },
      `${count} answers in ${channel}`,
      30_000,
    );

  it('acknowledges, shows progress, and answers in one message with buttons that work', async () => {
    const bot = await start();
    gate.hold();
    const delivered = await command();
    expect(delivered.error).toBeUndefined();
    expect(delivered.ack).toEqual({});
    expect(delivered.ms).toBeLessThan(1600);
    const progress = await slack.until(() => messages()[0]);
    expect(progress.text).toContain('reading the cluster');
    expect(progress.text).toContain(`<@${robin}>`);
    await slack.until(() => messages()[0]?.text.match(/\d+ of [1-9]\d* reads/));
    gate.release();
    const [answer] = await done();
    expect(answer?.ts).toBe(progress.ts);
    expect(answer?.text).toContain('prod-east');

    await slack.click(robin, progress.ts, runButtons.allChecks.id);
    const all = await slack.until(filled);
    expect(JSON.stringify(all.content)).toContain('peering-active');
    await slack.closeView(robin);
    // A click before the end of the job joins it.
    await waitFor('the end of the job', () => bot.output().includes('"msg":"job ended"'));
    await slack.click(robin, progress.ts, runButtons.runAgain.id);
    await done(channels.platform, 2);
    expect(slack.mentions()).toEqual([`user:${robin}`]);

    await bot.end('SIGTERM');
    expect(bot.output()).toContain('"msg":"stopped"');
  });

  it('finds what is wrong in a real cluster, and shows it in the thread and in a modal', async () => {
    await start();
    const { agent } = pair.east;
    const path = '/v1/config/exported-services/default';
    const entry = await agent.call('GET', path);
    await agent.call('DELETE', path);
    try {
      await command('/peering check prod-east west');
      const [answer] = await done();
      expect(answer?.text).toContain('not ready');
      const ts = answer?.ts ?? '';
      const thread = await slack.until(() => slack.thread(ts).length > 0 && slack.thread(ts));
      expect(JSON.stringify(thread.map(({ blocks }) => blocks))).toContain('exported-services-defined');
      await slack.click(robin, ts, runButtons.details.id);
      const details = await slack.until(filled);
      expect(JSON.stringify(details.content)).toContain('exported-services-defined');
    } finally {
      await agent.call('PUT', '/v1/config', entry);
    }
  });

  it('answers in HTTP mode as well, and only what Slack signed just now', async () => {
    const [port = 0] = await freePorts(1);
    await start({
      env: { SLACK_APP_TOKEN: '', SLACK_SIGNING_SECRET: slack.signingSecret, PORT: String(port) },
    });
    slack.setRequestUrl(`http://127.0.0.1:${port}/slack/events`);
    const delivered = await command();
    expect(delivered).toMatchObject({ status: 200, ack: {} });
    await done();
    const [exchange] = slack.traffic.calls('slash_commands');
    const body = exchange?.request ?? '';
    const post = async (headers: Readonly<Record<string, string>>): Promise<number> => {
      const form = { 'content-type': 'application/x-www-form-urlencoded', ...headers };
      return (await fetch(`http://127.0.0.1:${port}/slack/events`, { method: 'POST', body, headers: form }))
        .status;
    };
    const signed = slack.sign(body);
    expect(await post(slack.sign(body, undefined, 'forged-secret'))).toBe(401);
    expect(await post(slack.sign(body, Math.floor(Date.now() / 1000) + 600))).toBe(401);
    await post(signed);
    expect(await post(signed)).toBe(401);
    expect(slack.ephemerals(robin)).toEqual([]);
  });

  it('answers privately what it cannot do', async () => {
    await start();
    expect((await command('/peering chekc prod-east')).ack?.['text']).toContain('check');
    // The hint names clusters that the person may see, which Slack decides first.
    await command('/peering check prod-eats');
    await slack.until(() => slack.ephemerals(robin).some(({ text }) => text.includes('prod-east')));
    expect((await command(`/peering ${'word '.repeat(50)}`)).ack?.['text']).toContain('word');
    expect((await command('/peering 🎉 \u202eabc')).ack?.['text']).toBeDefined();
    await command('/peering help');
    await slack.until(() =>
      slack.ephemerals(robin).some(({ blocks }) => JSON.stringify(blocks).includes('/peering check')),
    );
    expect(messages()).toEqual([]);
  });

  it('refuses guests and people of another team, whatever they try', async () => {
    await start();
    const stranger = await command('/peering check prod-east', channels.partners, people.stranger.id);
    expect(stranger.ack?.['text']).toBe(renderFailure({ kind: 'other-team' }).text);
    await command('/peering check prod-east', channels.platform, people.guest.id);
    await slack.until(() => slack.ephemerals(people.guest.id).length);
    expect(slack.ephemerals(people.guest.id)[0]?.text).toBe(renderFailure({ kind: 'other-team' }).text);
    await command('/peering check prod-east', channels.partners);
    const [answer] = await done(channels.partners);
    await slack.click(people.stranger.id, answer?.ts ?? '', runButtons.details.id);
    await slack.until(() => slack.ephemerals(people.stranger.id).length);
    expect(slack.views(people.stranger.id)).toEqual([]);
    expect(messages()).toEqual([]);
  });

  it('takes ten commands a minute of a person', async () => {
    await start({ args: ['--role', 'bot'] });
    const acks = [];
    for (let n = 0; n < 11; n++) acks.push((await command('/peering nonsense')).ack?.['text']);
    expect(acks.filter((text) => String(text).includes('more than 10 commands'))).toEqual([acks[10]]);
    expect((await command('/peering nonsense', channels.platform, people.lead.id)).ack?.['text']).toContain(
      'nonsense',
    );
  });

  it('lets a second request for the same check join the first', async () => {
    await start();
    gate.hold();
    await command();
    await slack.until(() => messages()[0]);
    await command(undefined, undefined, people.lead.id);
    const { text: joined } = renderFailure({ kind: 'joined', cluster: 'prod-east' });
    await slack.until(() => slack.ephemerals(people.lead.id).some(({ text }) => text === joined));
    // Slack has said by now who that is.
    const third = await command(undefined, undefined, people.lead.id);
    expect(third.ack?.['text'] ?? joined).toBe(joined);
    const elsewhere = await command(undefined, channels.approvals);
    expect(elsewhere.ack).toEqual({});
    gate.release();
    await done();
    await done(channels.approvals);
  });

  it('answers privately where it is not in the channel, saying how to invite it', async () => {
    await start();
    await command(undefined, channels.secret);
    const [answer] = await slack.until(() => slack.ephemerals(robin).length > 0 && slack.ephemerals(robin));
    expect(answer?.text).toContain('ready for peering');
    expect(JSON.stringify(answer?.blocks)).toContain('/invite @');
    expect(messages(channels.secret)).toEqual([]);
  });

  it('answers once though its worker was killed in the middle of a check', async () => {
    await start({ args: ['--role', 'bot'] });
    const worker = await start({ args: ['--role', 'worker'] });
    gate.hold();
    await command();
    const progress = await slack.until(() => messages()[0]);
    await waitFor('the check to be under way', () => gate.waiting());
    await worker.end('SIGKILL');
    gate.release();
    await start({ args: ['--role', 'worker'] });
    const [answer] = await done();
    expect(answer?.ts).toBe(progress.ts);
    await sleep(1500);
    expect(messages()).toHaveLength(1);
  });

  it('answers once though Slack took a message and its reply was lost', async () => {
    await start();
    slack.faults.next('chat.postMessage', { kind: 'drop-reply' });
    await command();
    await done();
    await sleep(1500);
    expect(messages()).toHaveLength(1);
    const posted = slack.traffic
      .calls('chat.postMessage')
      .filter((call) => !call.request.includes('thread_ts'));
    expect(posted).toHaveLength(1);
  });

  it('answers without the optional scopes too, rather twice than never', async () => {
    const scopes = manifest.scopes.filter((scope) => !optionalScopes.has(scope));
    slack = await startWorkspace({ manifest: { ...manifest, scopes } });
    ends.push(slack.stop);
    await start();
    slack.faults.next('chat.postMessage', { kind: 'drop-reply' });
    await command();
    const answered = () => messages().filter(({ text }) => /ready for peering/.test(text)).length;
    await slack.until(() => answered() === 1);
    await command('/peering check prod-west');
    await slack.until(() => answered() === 2);
  });

  it('answers once though the reply was lost and the worker killed before it could look', async () => {
    await start({ args: ['--role', 'bot'] });
    const worker = await start({ args: ['--role', 'worker'] });
    slack.faults.next('chat.postMessage', { kind: 'hang' });
    slack.faults.clear();
    slack.faults.next('chat.postMessage', { kind: 'delay-reply', ms: 30_000 });
    await command();
    await slack.until(() => messages()[0]);
    await worker.end('SIGKILL');
    await start({ args: ['--role', 'worker'] });
    await done();
    await sleep(1500);
    expect(messages()).toHaveLength(1);
  });

  it('says within 1.6 s that it cannot queue while Redis is away, and works within 3 s of its return', async () => {
    const bot = await start();
    await redis.kill();
    // A request that is sent before the end of the connection is noticed may have been queued: "not confirmed".
    await waitFor('the bot to notice', () => /"use":"asking".*"Redis does not answer"/.test(bot.output()));
    const refused = await command();
    expect(refused.ack?.['text']).toBe(renderFailure({ kind: 'queue-down' }).text);
    expect(refused.ms).toBeLessThan(1600);
    const help = await command('/peering chekc');
    expect(help.ack?.['text']).toContain('check');
    await sleep(3000);
    await redis.restart();
    const back = Date.now();
    await waitFor(
      'a command to be queued',
      async () => Object.keys((await command()).ack ?? { error: 1 }).length === 0,
    );
    await slack.until(() => messages()[0]);
    expect(Date.now() - back).toBeLessThan(3000);
    await done();
  });

  it('answers each command once with two bots and three workers', async () => {
    await Promise.all([
      ...[1, 2].map(() => start({ args: ['--role', 'bot'] })),
      ...[1, 2, 3].map(() => start({ args: ['--role', 'worker'] })),
    ]);
    expect(slack.sockets.connections()).toBe(4);
    const lines = ['prod-east', 'prod-west', 'prod-east west', 'prod-west east'].map(
      (what) => `/peering check ${what}`,
    );
    const visited = [channels.platform, channels.approvals];
    const sent = visited.flatMap((channel) => lines.map((line) => command(line, channel)));
    for (const delivered of await Promise.all(sent)) expect(delivered.ack).toEqual({});
    for (const channel of visited) await done(channel, 4);
    await sleep(1500);
    for (const channel of visited) expect(messages(channel)).toHaveLength(4);
  });

  describe('at shutdown', () => {
    it('hands a check that does not end back to the queue, within 10 s, and another worker ends it', async () => {
      await start({ args: ['--role', 'bot'] });
      const worker = await start({ args: ['--role', 'worker'] });
      gate.hold();
      await command();
      await waitFor('the check to be under way', () => gate.waiting());
      const sent = Date.now();
      await worker.end('SIGTERM');
      expect(Date.now() - sent).toBeLessThan(10_000);
      expect(worker.output()).toContain('"msg":"stopped"');
      gate.release();
      await start({ args: ['--role', 'worker'] });
      await done();
    });

    it('lets go of Slack: a command finds nobody', async () => {
      const bot = await start();
      await bot.end('SIGTERM');
      expect((await command()).error).toBe('dispatch_failed');
    });
  });

  describe('does not start, and says why in one line', () => {
    const ended = async (over: Partial<BotOptions>): Promise<string> => {
      const given = options();
      const bot = await launchBot({ ...given, ...over, env: { ...given.env, ...over.env } });
      ends.push(() => bot.end('SIGKILL'));
      await waitFor('its end', () => !bot.running());
      return bot
        .output()
        .split('\n')
        .filter((line) => line.startsWith('peering-bot:'))
        .join('\n');
    };

    it('with a token that Slack does not take', async () => {
      expect(await ended({ env: { SLACK_BOT_TOKEN: 'xoxb-wrong' } })).toBe(
        'peering-bot: Slack refused: invalid_auth: check SLACK_BOT_TOKEN and the network',
      );
    });

    it('with an app token that is none', async () => {
      expect(await ended({ env: { SLACK_APP_TOKEN: 'xapp-wrong' } })).toMatch(/SLACK_APP_TOKEN/);
    });

    it('with a concurrency that is none', async () => {
      expect(await ended({ args: ['--concurrency', '0'] })).toBe(
        'peering-bot: --concurrency takes a number from 1 to 100',
      );
    });

    it('on a port that is in use', async () => {
      const { port } = new URL(gate.address);
      const env = { SLACK_APP_TOKEN: '', SLACK_SIGNING_SECRET: 'long-enough-secret', PORT: port };
      expect(await ended({ env })).toMatch(/port .*in use/);
    });
  });

  it('leaves no secret in its log at any level, in Redis, or in Slack', async () => {
    const bot = await start();
    await command();
    await done();
    await slack.click(robin, messages()[0]?.ts ?? '', runButtons.details.id);
    await slack.until(filled);
    await bot.end('SIGTERM');
    const sinks = {
      log: bot.output(),
      redis: readdirSync(redis.folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.includes('.aof'))
        .map((file) => readFileSync(`${redis.folder}/${file}`).toString('latin1'))
        .join(''),
      slack: slack.traffic.all.map(({ request, response }) => request + response).join(''),
    };
    // Each place is one where something of the request is found.
    expect(Object.values(sinks).map((sink) => sink.includes('prod-east'))).toEqual([true, true, true]);
    const secrets = [slack.botToken, slack.appToken, pair.east.agent.token, pair.west.agent.token];
    for (const [name, sink] of Object.entries(sinks)) {
      for (const secret of secrets) expect([name, sink.includes(secret)]).toEqual([name, false]);
    }
    expect(sinks.log.includes('/response/')).toBe(false);
  });
});

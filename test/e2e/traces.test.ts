import { type AddressInfo, createServer } from 'node:net';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { runButtons } from '../../src/features/history/run-buttons';
import { formIdOf } from '../../src/render/slack/command-form';
import { inputAction } from '../../src/render/slack/form';
import { checkMessageShortcut } from '../../src/slack/shortcuts';
import { notification } from '../features/alerts/notification';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../lab/otlp-receiver';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { type BotProcess, manifest, startBotProcess } from './support';

jest.setTimeout(120_000);

const { id: person } = people.requester;

describeWith(['consul', 'redis'], 'traces', () => {
  let agent: ConsulAgent;
  let redis: RedisServer;
  let slack: Workspace;
  let receiver: OtlpReceiver;
  const ends: (() => unknown)[] = [];

  beforeEach(async () => {
    [agent, redis, slack, receiver] = await Promise.all([
      startConsul(),
      startRedis(),
      startWorkspace({ manifest }),
      startOtlpReceiver(),
    ]);
    ends.push(agent.stop, redis.stop, slack.stop, receiver.stop);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const startBot = async (env: Readonly<Record<string, string>>, more = ''): Promise<BotProcess> => {
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `clusters:
  prod: { address: '${agent.address}', token: { env: TOKEN } }
  gone: { address: 'http://127.0.0.1:1', token: { env: TOKEN } }
${more}`,
      env: { TOKEN: agent.token, OTEL_BSP_SCHEDULE_DELAY: '100', ...env },
    });
    ends.push(() => bot.end('SIGKILL'));
    return bot;
  };
  const toReceiver = (): Record<string, string> => ({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
  const isAnswered = (): boolean =>
    slack.messages(channels.platform).some(({ text }) => /ready for peering/.test(text));
  const check = async (): Promise<void> => {
    await slack.typeCommand(person, channels.platform, '/peering check prod');
    await slack.until(isAnswered, 'the answer', 30_000);
  };
  const named = (pattern: RegExp): readonly ReceivedSpan[] =>
    receiver.spans().filter(({ name }) => pattern.test(name));
  const arrived = (pattern: RegExp): Promise<readonly ReceivedSpan[]> =>
    waitFor(`a span ${pattern.source}`, () => (named(pattern).length > 0 ? named(pattern) : undefined), {
      timeoutMs: 30_000,
    });
  /** The names from the root to a span. */
  const lineage = (span: ReceivedSpan): readonly string[] => {
    const parent = receiver.spans().find(({ id }) => id === span.parent);
    return parent === undefined
      ? [span.parent === '' ? span.name : `(lost) ${span.name}`]
      : [...lineage(parent), span.name];
  };

  it('lead from a command through the queue to every call of Consul and Slack', async () => {
    await startBot({
      ...toReceiver(),
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=exporter-canary',
    });
    await check();
    const [job] = await arrived(/^job check-cluster$/);
    const toRead = [
      'command /peering',
      'queue check-cluster',
      'job check-cluster',
      'check cluster',
      'read cluster',
    ];
    const inTrace = receiver.spans().filter(({ traceId }) => traceId === job?.traceId);
    const consul = inTrace.filter(({ name }) => name.startsWith('Consul '));
    expect(consul.length).toBeGreaterThan(5);
    for (const span of consul) expect(lineage(span)).toEqual([...toRead, span.name]);
    const ofJob = inTrace.filter(({ name }) => name.startsWith('Slack chat.'));
    expect(ofJob.length).toBeGreaterThan(0);
    // Progress of a slow check is posted while the cluster is read.
    for (const span of ofJob) {
      const chain = lineage(span);
      expect([chain.slice(0, 3), chain.at(-1)]).toEqual([toRead.slice(0, 3), span.name]);
    }
    const [wait] = inTrace.filter(({ name }) => name === 'wait in checks');
    expect(wait && lineage(wait)).toEqual([...toRead.slice(0, 2), 'wait in checks']);
    // One trace: each span has its parent, and begins within it.
    const byId = new Map(inTrace.map((span) => [span.id, span]));
    expect(inTrace.filter(({ parent }) => parent === '').map(({ name }) => name)).toEqual([
      'command /peering',
    ]);
    const early = inTrace.filter(({ parent, start }) => start < (byId.get(parent)?.start ?? 0) - 2);
    expect(early).toEqual([]);
    expect(inTrace.filter(({ start, end }) => end < start)).toEqual([]);

    const attributesOf = (name: string) => inTrace.find((span) => span.name === name)?.attributes;
    expect(attributesOf('command /peering')).toMatchObject({ 'peering_bot.command': 'check' });
    expect(attributesOf('check cluster')).toMatchObject({
      'peering_bot.cluster': 'prod',
      'peering_bot.verdict': expect.stringMatching(/^(?:ready|warnings|not-ready|unknown)$/),
      'peering_bot.checks': expect.any(Number),
    });
    expect(job?.resource).toMatchObject({
      'service.name': 'peering-bot',
      'deployment.environment.name': 'test',
    });
    expect(receiver.headers()[0]).toMatchObject({ 'x-key': 'exporter-canary' });
  });

  it('lead from clicks, shortcuts, forms and webhooks to their jobs', async () => {
    const bot = await startBot(
      { ...toReceiver(), AM_TOKEN: 'alertmanager-canary', PORT: '0', LOG_LEVEL: 'info' },
      `alertmanager: { token: { env: AM_TOKEN }, channel: ${channels.platform}, owner: ${person} }\n`,
    );
    /** Waits for the end of the check: a request before it would join it. */
    const untilChecked = async (root: string) => {
      const ended = await waitFor(
        `the check of ${root}`,
        () => named(/^job check-cluster$/).find((span) => lineage(span)[0] === root),
        { timeoutMs: 30_000 },
      );
      const inTrace = receiver.spans().filter(({ traceId }) => traceId === ended.traceId);
      const first = inTrace.filter(({ parent }) => parent === '');
      expect(first).toMatchObject([{ name: root, kind: 2, failed: false }]);
      expect(first[0]?.attributes).toHaveProperty(['peering_bot.request']);
      return { lineage: lineage(ended), first: first[0] };
    };
    const check = ['queue check-cluster', 'job check-cluster'];

    await slack.typeCommand(person, channels.platform, '/peering check prod');
    expect((await untilChecked('command /peering')).lineage).toEqual(['command /peering', ...check]);

    const { ts } = await slack.until(() => isAnswered() && slack.messages(channels.platform).at(-1));
    await slack.click(person, ts, runButtons.runAgain.id);
    const click = `action ${runButtons.runAgain.id}`;
    expect((await untilChecked(click)).lineage).toEqual([click, ...check]);

    const shortcut = `shortcut ${checkMessageShortcut}`;
    const withCluster = slack.say(person, channels.platform, 'PeeringDown fires for prod since noon');
    await slack.useShortcut(person, checkMessageShortcut, withCluster.ts);
    expect((await untilChecked(shortcut)).lineage).toEqual([shortcut, ...check]);

    const withoutCluster = slack.say(person, channels.platform, 'is everything all right?');
    await slack.useShortcut(person, checkMessageShortcut, withoutCluster.ts);
    const formId = formIdOf({ command: 'check' });
    const isOpen = () => slack.views(person).some(({ content }) => content['callback_id'] === formId);
    await slack.until(isOpen, 'the form', 30_000);
    await slack.submitView(person, { [`cluster/${inputAction}`]: 'prod' });
    const form = `view ${formId}`;
    expect((await untilChecked(form)).lineage).toEqual([form, ...check]);

    const port = /"port":(\d+)/.exec(bot.output())?.[1] ?? '';
    const sent = await fetch(`http://127.0.0.1:${port}/webhooks/alertmanager`, {
      method: 'POST',
      headers: { authorization: 'Bearer alertmanager-canary', 'content-type': 'application/json' },
      body: JSON.stringify(notification(['prod', 'nope'])),
    });
    expect(sent.status).toBe(202);
    const webhook = 'webhook of Alertmanager';
    const ofAlert = await untilChecked(webhook);
    expect(ofAlert.lineage).toEqual([webhook, 'queue answer-alert', 'job answer-alert', ...check]);
    expect(ofAlert.first?.attributes).toMatchObject({ 'peering_bot.clusters': 1 });
    expect(receiver.bytes().toString('latin1')).not.toMatch(/canary|PeeringDown|nope/);
  });

  it('hold no token, no text of people and no address of a private answer', async () => {
    const texts = ['canary-words', 'canary-cluster', 'canary-reason'];
    const bot = await startBot({
      ...toReceiver(),
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=header-canary',
    });
    await agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'canary-service', Consumers: [{ Peer: 'canary-peer' }] }],
    });
    await check();
    await slack.mention(person, channels.platform, `check prod ${texts[0]}`);
    await slack.typeCommand(person, channels.platform, `/peering ${texts[1]} x`);
    await slack.typeCommand(person, channels.platform, `/peering mute prod mesh-* for 7d ${texts[2]}`);
    await slack.typeCommand(person, channels.platform, `/peering check ${texts[1]}`);
    await slack.typeCommand(person, channels.platform, '/peering acl prod');
    await slack.typeCommand(person, channels.platform, '/peering trace canary-service from prod');
    await slack.typeCommand(person, channels.platform, '/peering check gone');
    await arrived(/^Consul .*exported|^Consul .*config/);
    const failures = await waitFor(
      'the failed check',
      () => {
        const failed = receiver
          .spans()
          .filter((span) => span.attributes['peering_bot.cluster'] === 'gone' && span.failed);
        return failed.length > 0 ? failed : undefined;
      },
      { timeoutMs: 60_000 },
    );
    expect(failures.length).toBeGreaterThan(0);
    await bot.end('SIGTERM');
    const bytes = receiver.bytes().toString('latin1');
    const secrets = [agent.token, slack.botToken, slack.appToken, 'header-canary', '/respond'];
    const found = [...secrets, ...texts, 'canary', person, redis.url, agent.address].filter((text) =>
      bytes.includes(text),
    );
    expect(found).toEqual([]);
    expect(bot.output()).not.toContain('header-canary');
  });

  it('are sent at shutdown', async () => {
    const bot = await startBot({ ...toReceiver(), OTEL_BSP_SCHEDULE_DELAY: '600000' });
    await check();
    expect(receiver.spans()).toEqual([]);
    await bot.end('SIGTERM');
    expect(named(/^job check-cluster$/)).toHaveLength(1);
  });

  it.each([
    ['without an endpoint', () => ({})],
    ['that OTEL_SDK_DISABLED turns off', () => ({ ...toReceiver(), OTEL_SDK_DISABLED: 'true' })],
    ['that no exporter is for', () => ({ ...toReceiver(), OTEL_TRACES_EXPORTER: 'none' })],
    ['that the sampler leaves out', () => ({ ...toReceiver(), OTEL_TRACES_SAMPLER: 'always_off' })],
    ['with a sampler that nobody knows', () => ({ ...toReceiver(), OTEL_TRACES_SAMPLER: 'x' })],
  ])('%s are not there, and everything else is', async (_, env) => {
    const bot = await startBot(env());
    await check();
    await bot.end('SIGTERM');
    expect(receiver.spans()).toEqual([]);
  });

  it.each([
    ['is away', async () => receiver.stop().then(toReceiver)],
    [
      'never answers',
      async () => {
        const silent = createServer(() => undefined);
        ends.push(() => silent.close());
        await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
        return { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` };
      },
    ],
  ])('delay nothing while their endpoint %s, and say so once', async (_, endpointOf) => {
    const bot = await startBot({ ...(await endpointOf()), OTEL_EXPORTER_OTLP_TIMEOUT: '200' });
    const lines = () => bot.output().match(/traces cannot be exported/g) ?? [];
    await check();
    await waitFor('the log line', () => lines().length > 0, { timeoutMs: 30_000 });
    for (let command = 0; command < 5; command += 1) {
      const before = slack.ephemerals(person).length;
      await slack.typeCommand(person, channels.platform, '/peering help');
      await slack.until(() => slack.ephemerals(person).length > before, 'help', 30_000);
    }
    const before = Date.now();
    await bot.end('SIGTERM');
    expect(lines()).toHaveLength(1);
    // The grace of Docker.
    expect(Date.now() - before).toBeLessThan(10_000);
  });
});

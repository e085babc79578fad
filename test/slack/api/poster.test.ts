import { addMessage } from '../../../sandbox/workspace/posting';
import { dropDoubles } from '../../../src/slack/drop-doubles';
import { testRun } from '../job-services';
import { WebClient } from '@slack/web-api';
import { pino } from 'pino';
import { createPoster, type Poster, type PosterParts } from '../../../src/slack/api/poster';
import { startProgress } from '../../../src/slack/api/progress';
import { createRespond, type Respond } from '../../../src/slack/api/response-url';
import type { Message } from '../../../src/render/slack/limits';
import { manifest } from '../../local-manifest';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';
import { sdkLogger } from '../../../src/slack/sdk-logger';
import { createMessageRefs } from '../../../src/slack/api/message-refs.store';
import type { RedisClient } from '../../../src/redis/redis';
import { createRateLimiter } from '../../../src/slack/api/rate-limiter.store';
import { describeWith } from '../../lab/binaries';
import { type RedisServer, startRedis } from '../../lab/redis';
import { sealer } from '../../sealer';
import { connectTestRedis } from '../../redis-client';

const log = pino({ level: 'silent' });

const say = (text: string): Message => ({
  text,
  blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }],
});

describeWith(['redis'], 'the poster', () => {
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
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 100, burst: 100 } });
  });
  afterEach(() => slack.stop());

  const poster = (over: Partial<PosterParts> = {}, timeout = 2000): Poster =>
    createPoster({
      client: new WebClient(slack.botToken, {
        slackApiUrl: slack.apiUrl,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        timeout,
        logger: sdkLogger(log, 'web-api'),
      }),
      botUserId: people.bot.id,
      rateLimiter: createRateLimiter(redis, 5),
      messageRefs: createMessageRefs(redis, sealer),
      log,
      lookAfterMs: 20,
      ...over,
    });
  const target = (name: string, channel: string = channels.platform) => ({
    channel,
    name,
    since: Date.now(),
  });
  const texts = (channel: string = channels.platform): readonly string[] =>
    slack.messages(channel).map(({ text }) => text);
  const calls = (method: string): number => slack.traffic.calls(method).length;

  it('posts, remembers where, and edits there', async () => {
    const posted = await poster().post(target('a'), say('one'));
    if (!posted.ok) throw new Error('not posted');
    expect(await poster().edit(posted.value, say('two'))).toEqual({ ok: true, value: undefined });
    expect(texts()).toEqual(['two']);
  });

  it('does not post the same name again, in whatever process', async () => {
    const first = await poster().post(target('a'), say('one'));
    const second = await poster().post(target('a'), say('one'));
    expect(second).toEqual(first);
    expect(texts()).toEqual(['one']);
    await poster().post(target('b'), say('two'));
    expect(texts()).toEqual(['one', 'two']);
  });

  it.each([
    ['the connection broke after it was posted', { kind: 'drop-reply' }],
    ['the answer came too late', { kind: 'delay-reply', ms: 600 }],
  ] as const)('finds its message where %s', async (_, fault) => {
    slack.faults.next('chat.postMessage', fault);
    const posted = await poster({}, 300).post(target('a'), say('one'));
    expect(posted.ok && posted.value.ts).toBe(slack.messages(channels.platform)[0]?.ts);
    expect(texts()).toEqual(['one']);
    expect(calls('chat.postMessage')).toBe(1);
  });

  it.each([
    ['the connection broke before', { kind: 'drop-request' }],
    ['a gateway failed', { kind: 'status', status: 503 }],
    ['Slack failed', { kind: 'error', error: 'internal_error' }],
  ] as const)('posts again where %s and it is not there', async (_, fault) => {
    slack.faults.next('chat.postMessage', fault);
    expect((await poster().post(target('a'), say('one'))).ok).toBe(true);
    expect(texts()).toEqual(['one']);
    expect(calls('chat.postMessage')).toBe(2);
  });

  it('deletes its own post where another process has posted the same name meanwhile', async () => {
    const messageRefs = createMessageRefs(redis, sealer);
    const other = poster();
    const stopped = poster({
      messageRefs: {
        ...messageRefs,
        trying: async (name) => {
          await messageRefs.trying(name);
          await other.post(target(name), say('one'));
        },
      },
    });
    const posted = await stopped.post(target('a'), say('one'));
    expect(texts()).toEqual(['one']);
    expect(posted.ok && posted.value.ts).toBe(slack.messages(channels.platform)[0]?.ts);
    expect(await other.post(target('a'), say('one'))).toEqual(posted);
  });

  it('says that it sent a reply again, so that a double of that reply alone is deleted', async () => {
    const root = await poster().post(target('a'), say('root'));
    if (!root.ok) throw new Error('not posted');
    const thread = root.value.ts;
    const repeated: unknown[] = [];
    const unsure = poster({ onRepeated: async (posted) => void repeated.push(posted) });
    await unsure.post({ ...target('a/1'), thread }, say('one'));
    expect(repeated).toEqual([]);
    slack.faults.next('chat.postMessage', { kind: 'error', error: 'internal_error' });
    await unsure.post({ ...target('a/2'), thread }, say('two'));
    expect(repeated).toMatchObject([{ name: 'a/2', thread, channel: channels.platform }]);
    const late = slack.thread(thread).at(-1);
    if (late === undefined) throw new Error('no reply');
    addMessage(slack.state, { ...late, attachments: [] });
    const payload = dropDoubles.payload.parse(repeated[0]);
    expect((await dropDoubles.handle({ ...testRun(), payload, poster: poster() })).kind).toBe('delay');
    expect(slack.thread(thread).map(({ text }) => text)).toEqual(['one', 'two']);
    const old = { ...payload, repeatedAt: Date.now() - 90_000 };
    expect(await dropDoubles.handle({ ...testRun(), payload: old, poster: poster() })).toMatchObject({
      kind: 'done',
    });
  });

  describe('in a direct conversation', () => {
    const direct = (): readonly string[] => texts(`D${people.requester.id.slice(1)}`);

    it.each(['post', 'postNow'] as const)('posts once where the reply is lost, with %s', async (way) => {
      slack.faults.next('chat.postMessage', { kind: 'drop-reply' });
      const lost = await poster()[way](target('a', people.requester.id), say('one'));
      const second = await poster()[way](target('a', people.requester.id), say('one'));
      expect(second.ok).toBe(true);
      expect(lost.ok).toBe(way === 'post');
      expect(direct()).toEqual(['one']);
    });

    it('does not send again what it finds in a conversation that it knows', async () => {
      await poster().post(target('a', people.requester.id), say('one'));
      slack.faults.next('chat.postMessage', { kind: 'drop-reply' });
      const second = await poster().post(target('b', people.requester.id), say('two'));
      expect(second.ok && second.value.ts).toBe(
        slack.messages(`D${people.requester.id.slice(1)}`).at(-1)?.ts,
      );
      expect(direct()).toEqual(['one', 'two']);
      expect(calls('chat.postMessage')).toBe(2);
    });
  });

  it('finds, after the process died between post and note, what it had posted', async () => {
    const messageRefs = createMessageRefs(redis, sealer);
    const dying = poster({
      messageRefs: {
        ...messageRefs,
        posted: async () => {
          throw new Error('killed');
        },
      },
    });
    await expect(dying.post(target('a'), say('one'))).rejects.toThrow('killed');
    const posted = await poster().post(target('a'), say('one'));
    expect(posted.ok && posted.value.ts).toBe(slack.messages(channels.platform)[0]?.ts);
    expect(texts()).toEqual(['one']);
  });

  it('finds it also behind a hundred others', async () => {
    slack.faults.next('chat.postMessage', { kind: 'drop-reply' });
    const lost = poster({ lookAfterMs: 300 }).post(target('a'), say('one'));
    await slack.until(() => texts().includes('one'));
    for (let n = 0; n < 120; n++) slack.say(people.requester.id, channels.platform, `talk ${n}`);
    expect((await lost).ok).toBe(true);
    expect(texts().filter((text) => text === 'one')).toHaveLength(1);
    expect(calls('conversations.history')).toBeGreaterThan(1);
  });

  it('takes nobody else’s message for its own', async () => {
    slack.faults.next('chat.postMessage', { kind: 'drop-request' });
    const elsewhere = poster({ botUserId: 'U0OTHERBOT' });
    await poster().post(target('a'), say('one'));
    await redis.flushall();
    await createMessageRefs(redis, sealer).trying('a');
    await elsewhere.post(target('a'), say('one'));
    expect(texts()).toEqual(['one', 'one']);
  });

  it('does not post again while it cannot find out', async () => {
    await createMessageRefs(redis, sealer).trying('a');
    slack.faults.next('conversations.history', { kind: 'status', status: 500 });
    const posted = await poster().post(target('a'), say('one'));
    expect(posted.ok ? undefined : posted.error.kind).toBe('lost');
    expect(texts()).toEqual([]);
  });

  it('rather posts twice than never where it may not look', async () => {
    await createMessageRefs(redis, sealer).trying('a');
    slack.faults.next('conversations.history', { kind: 'error', error: 'missing_scope' });
    expect((await poster().post(target('a'), say('one'))).ok).toBe(true);
    expect(texts()).toEqual(['one']);
  });

  it('posts replies once too', async () => {
    const root = await poster().post(target('a'), say('one'));
    if (!root.ok) throw new Error('not posted');
    slack.faults.next('chat.postMessage', { kind: 'drop-reply' });
    const reply = { ...target('a/1'), thread: root.value.ts };
    expect((await poster().post(reply, say('reply'))).ok).toBe(true);
    expect((await poster().post(reply, say('reply'))).ok).toBe(true);
    expect(slack.thread(root.value.ts).map(({ text }) => text)).toEqual(['reply']);
  });

  it('attaches a file once, also where the answer was lost', async () => {
    const root = await poster().post(target('a'), say('one'));
    if (!root.ok) throw new Error('not posted');
    slack.faults.next('files.completeUploadExternal', { kind: 'drop-reply' });
    const fileTarget = { ...target('a/file'), thread: root.value.ts };
    const file = { filename: 'report-a.txt', content: 'all of it', title: 'The whole report' };
    expect((await poster().attach(fileTarget, file)).ok).toBe(true);
    expect((await poster().attach(fileTarget, file)).ok).toBe(true);
    const attached = slack.thread(root.value.ts).flatMap(({ files }) => files);
    expect(attached.map(({ name }) => name)).toEqual(['report-a.txt']);
    expect(attached[0]?.content?.toString()).toBe('all of it');
  });

  it('uploads a file again that Slack lost after it took it', async () => {
    const root = await poster().post(target('a'), say('one'));
    if (!root.ok) throw new Error('not posted');
    // Answered with status 200, but not stored: the call that completes the upload is refused.
    slack.faults.next('upload', { kind: 'error', error: 'internal_error' });
    const fileTarget = { ...target('a/file'), thread: root.value.ts };
    const file = { filename: 'report-a.txt', content: 'all of it', title: 'The whole report' };
    expect((await poster().attach(fileTarget, file)).ok).toBe(true);
    const attached = slack.thread(root.value.ts).flatMap(({ files }) => files);
    expect(attached.map(({ content }) => content?.toString())).toEqual(['all of it']);
  });

  describe('429', () => {
    it('waits as long as Slack asks, and posts once', async () => {
      slack.faults.next('chat.postMessage', { kind: 'ratelimited', retryAfter: 1 });
      const started = Date.now();
      expect((await poster().post(target('a'), say('one'))).ok).toBe(true);
      expect(Date.now() - started).toBeGreaterThanOrEqual(900);
      expect(texts()).toEqual(['one']);
    });

    it('gives the job back where that is long, and holds only that channel', async () => {
      slack.faults.next('chat.postMessage', { kind: 'ratelimited', retryAfter: 30 });
      const busy = await poster().post(target('a'), say('one'));
      expect(busy).toEqual({ ok: false, error: { kind: 'rate-limited', retryAfterMs: 30_000 } });
      const elsewhere = await poster().post(target('b', channels.approvals), say('two'));
      expect(elsewhere.ok).toBe(true);
      const second = await poster().post(target('a'), say('one'));
      expect(second.ok ? undefined : second.error.kind).toBe('rate-limited');
      expect(calls('chat.postMessage')).toBe(2);
    });

    it('waits before editing again', async () => {
      const posted = await poster().post(target('a'), say('one'));
      if (!posted.ok) throw new Error('not posted');
      slack.faults.next('chat.update', { kind: 'ratelimited', retryAfter: 1 });
      const started = Date.now();
      expect((await poster().edit(posted.value, say('two'))).ok).toBe(true);
      expect(Date.now() - started).toBeGreaterThanOrEqual(900);
      slack.faults.next('chat.update', { kind: 'ratelimited', retryAfter: 30 });
      const busy = await poster().edit(posted.value, say('three'));
      expect(busy.ok ? undefined : busy.error.kind).toBe('rate-limited');
    });
  });

  it('spaces the messages to one channel', async () => {
    const rateLimiter = createRateLimiter(redis, 200);
    const started = Date.now();
    await Promise.all(['a', 'b', 'c'].map((name) => poster({ rateLimiter }).post(target(name), say(name))));
    expect(Date.now() - started).toBeGreaterThanOrEqual(390);
    expect(texts().toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('edits again where the answer to an edit was lost', async () => {
    const posted = await poster().post(target('a'), say('one'));
    if (!posted.ok) throw new Error('not posted');
    slack.faults.next('chat.update', { kind: 'drop-request' }, 2);
    expect((await poster().edit(posted.value, say('two'))).ok).toBe(true);
    expect(texts()).toEqual(['two']);
  });

  it.each([
    [channels.random, 'not_in_channel'],
    [channels.secret, 'channel_not_found'],
    [channels.archived, 'is_archived'],
  ])('says that it may not post to %s', async (channel, code) => {
    const posted = await poster().post(target('a', channel), say('one'));
    expect(posted).toEqual({ ok: false, error: { kind: 'refused', code } });
  });

  describe('progress', () => {
    const open = async () => {
      const posted = await poster().post(target('a'), say('start'));
      if (!posted.ok) throw new Error('not posted');
      return posted.value;
    };

    it('shows the newest state only, some time apart', async () => {
      const progress = startProgress(poster().tryEdit, await open(), 60);
      for (let n = 1; n <= 20; n++) progress.show(say(`${n} of 20`));
      await slack.until(() => texts()[0] === '20 of 20');
      expect(calls('chat.update')).toBe(1);
      await progress.stop();
    });

    it('lets an edit that is under way end, and none follow', async () => {
      const fileTarget = await open();
      slack.faults.next('chat.update', { kind: 'delay', ms: 150 });
      const progress = startProgress(poster().tryEdit, fileTarget, 10);
      progress.show(say('late'));
      await slack.until(() => calls('chat.update') === 1);
      progress.show(say('never'));
      await progress.stop();
      progress.show(say('never'));
      await poster().edit(fileTarget, say('done'));
      await new Promise((resolve) => setTimeout(resolve, 250));
      expect(texts()).toEqual(['done']);
    });

    it('ends where Slack asks for silence', async () => {
      slack.faults.next('chat.update', { kind: 'ratelimited', retryAfter: 1 });
      const progress = startProgress(poster().tryEdit, await open(), 10);
      progress.show(say('one'));
      await slack.until(() => calls('chat.update') === 1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      progress.show(say('two'));
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(calls('chat.update')).toBe(1);
      await progress.stop();
    });
  });
});

describe('the answer to a requester', () => {
  let slack: Workspace;
  let respond: Respond;
  let url: string;
  beforeEach(async () => {
    slack = await startWorkspace();
    respond = createRespond(slack.apiUrl);
    const delivered = slack.typeCommand(people.requester.id, channels.random, '/peering help');
    url = String((await delivered).payload['response_url']);
  });
  afterEach(() => slack.stop());
  const whispers = (): readonly string[] =>
    slack.ephemerals(people.requester.id, channels.random).map(({ text }) => text);

  it('answers the one who asked, where the bot is not a member', async () => {
    expect((await respond(url, say('hello'))).ok).toBe(true);
    expect(whispers()).toContain('hello');
  });

  it('tells a used up address, a failing Slack, and one that asks to wait', async () => {
    slack.faults.next('response_url', { kind: 'status', status: 502 });
    expect(await respond(url, say('x'))).toMatchObject({ error: { kind: 'lost' } });
    slack.faults.next('response_url', { kind: 'ratelimited', retryAfter: 7 });
    expect(await respond(url, say('x'))).toMatchObject({ error: { retryAfterMs: 7000 } });
    slack.faults.next('response_url', { kind: 'drop-reply' });
    expect(await respond(url, say('x'))).toMatchObject({ error: { kind: 'lost' } });
    slack.advance(31 * 60_000);
    const late = await respond(url, say('x'));
    expect(late).toMatchObject({ error: { kind: 'refused' } });
    expect(JSON.stringify(late)).not.toContain('http');
  });
});

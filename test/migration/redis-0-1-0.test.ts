import { confirmApproval } from '../features/approvals/confirm-modal';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Message } from '../../sandbox/workspace/model';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { manifest, runBotCommand, startBotProcess } from '../e2e/support';
import { describeWith } from '../lab/binaries';
import { type Clock, startClock } from '../lab/clock';
import { sleep, temporaryFolder, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import {
  clusters,
  type Clusters,
  inFolder,
  type Made,
  madeFile,
  rdbFile,
  type RequestName,
  signingKey,
  startClusters,
} from './scene';

/**
 * This version over what version 0.1.0 left in Redis and in Slack. It is started as it is, by its command, and all
 * it does shows in Slack, in Consul and in its audit trail: nothing here knows how its code is laid out.
 */

jest.setTimeout(60_000);

const { requester: robin, lead: noa, approver: avery } = people;
const { platform, approvals } = channels;
const made = JSON.parse(readFileSync(inFolder(madeFile), 'utf8')) as Made;

/** Some seconds before the digest is due: all that was open when Redis was stored is open still. */
const startsAt = Date.UTC(2026, 10, 26, 8, 59, 40);
const dueAt = Date.UTC(2026, 10, 26, 9);
const storedAt = Date.parse(made.at);

/** A peering token in a modal's JSON, on lines of its own. */
const tokenText = /(?<=\\n)[A-Za-z0-9+/=]{200,}/;

interface Entry {
  readonly seq: number;
  readonly action: string;
  readonly requestId: string | null;
  readonly person: string;
}

describeWith(['consul', 'redis', 'cc'], 'the Redis of version 0.1.0', () => {
  let consuls: Clusters;
  let clock: Clock;
  let server: RedisServer;
  let redis: Redis;
  let slack: Workspace;
  let schedules: ReadonlyMap<string, number>;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    clock = await startClock(startsAt);
    ends.push(clock.remove);
    consuls = await startClusters(clock.aheadMs);
    ends.push(consuls.stop);
    const folder = await temporaryFolder('stored');
    ends.push(folder.remove);
    copyFileSync(inFolder(rdbFile), join(folder.path, rdbFile));
    server = await startRedis({ clock, settings: { dir: folder.path, dbfilename: rdbFile } });
    ends.push(server.stop);
    redis = new Redis(server.url);
    ends.push(() => redis.disconnect());
    schedules = await schedulesNow();
    // Message refs are kept for a day. After that the record that they belong to has them.
    const noted = await redis.keys('peering:place:*');
    expect(noted.length).toBeGreaterThan(made.messages.length);
    await redis.del(...noted);
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 100, burst: 100 } });
    ends.push(slack.stop);
    slack.advance(clock.aheadMs);
    for (const message of made.messages) {
      const known = slack.state.messages.get(message.channel) ?? [];
      slack.state.messages.set(message.channel, [...known, { ...message }]);
    }
    const keys = { ...clock.env, REDIS_URL: server.url, PEERING_SIGNING_KEY: signingKey };
    const listed = await runBotCommand(['migrate-storage'], keys);
    expect([listed.status, listed.stdout.includes(made.digests.due)]).toEqual([1, true]);
    expect((await runBotCommand(['migrate-storage', '--yes'], keys)).status).toBe(0);
    const second = await runBotCommand(['migrate-storage'], keys);
    expect([second.status, second.stdout]).toEqual([0, '']);
    const bot = await startBotProcess({
      slack,
      redisUrl: server.url,
      clusters,
      env: { ...consuls.env, ...clock.env, PEERING_SIGNING_KEY: signingKey },
    });
    ends.push(() => bot.end('SIGKILL'));
  }, 90_000);

  afterEach(async () => {
    for (const { id } of [robin, noa, avery]) while (slack.views(id).length > 0) await slack.closeView(id);
  });
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  /** When what is queued by a schedule is due next, by the queue's own account. */
  const schedulesNow = async (): Promise<ReadonlyMap<string, number>> => {
    const listed = await redis.zrange('{peering}:digests:repeat', '0', '-1', 'WITHSCORES');
    return new Map(listed.flatMap((id, at) => (at % 2 === 0 ? [[id, Number(listed[at + 1])] as const] : [])));
  };

  const shown = ({ text, blocks }: Pick<Message, 'text' | 'blocks'>): string =>
    `${text} ${JSON.stringify(blocks)}`;

  /** Gives a command, and what the bot answers to this person alone. */
  const answerTo = async (who: { readonly id: string }, line: string): Promise<Message> => {
    const before = slack.ephemerals(who.id).length;
    await slack.typeCommand(who.id, platform, `/peering ${line}`);
    return slack.until(() => slack.ephemerals(who.id)[before], `an answer to ${line}`, 20_000);
  };

  const messageAt = (ts: string): Message => {
    const found = [platform, approvals]
      .flatMap((channel) => slack.messages(channel))
      .find((message) => message.ts === ts);
    if (found === undefined) throw new Error(`no message at ${ts}`);
    return found;
  };
  /** Messages that were posted to a channel after a time (ms since the epoch). */
  const after = (ms: number): readonly Message[] =>
    slack.messages(platform).filter(({ ts }) => Number(ts) * 1000 > ms);
  /** The values of the buttons with an id. */
  const buttonsOf = ({ blocks }: Message, actionId: string): readonly string[] => {
    const found: string[] = [];
    JSON.stringify(blocks, (_, part: { action_id?: string; value?: string } | null) => {
      if (part?.action_id === actionId) found.push(part.value ?? '');
      return part;
    });
    return found;
  };
  const clusterOf = (value: string): string | undefined => (JSON.parse(value) as string[])[1];

  const card = (name: RequestName): Message => messageAt(made.requests[name].ts);
  const changes = (name: RequestName, is: (text: string) => boolean): Promise<unknown> =>
    slack.until(() => is(shown(card(name))), `another card of ${name}`, 30_000);

  const press = async (
    who: { readonly id: string },
    name: RequestName,
    action: string,
    blocks: Message['blocks'] | undefined,
  ): Promise<void> => {
    const message = card(name);
    message.blocks = blocks ?? [];
    await slack.click(who.id, message.ts, action);
  };
  /** A click on the card as version 0.1.0 left it. */
  const pressStored = (who: { readonly id: string }, name: RequestName, action: string): Promise<void> =>
    press(who, name, action, made.messages.find(({ ts }) => ts === made.requests[name].ts)?.blocks);
  /** A click on the card of an ended request, as if somebody had kept its buttons. */
  const pressKept = (who: { readonly id: string }, name: keyof Made['kept'], action: string): Promise<void> =>
    press(who, name, action, made.kept[name]);

  const audit = async (
    key = signingKey,
  ): Promise<{ readonly status: number; readonly entries: readonly Entry[] }> => {
    const { status, stdout } = await runBotCommand(['audit', '--verify', '--format', 'jsonl'], {
      REDIS_URL: server.url,
      PEERING_SIGNING_KEY: key,
    });
    const lines = stdout.split('\n').filter((line) => line !== '');
    return { status, entries: lines.map((line) => JSON.parse(line) as Entry) };
  };
  /** Audit events of a request since Redis was stored. */
  const done = async (name: RequestName): Promise<readonly (readonly [string, string])[]> =>
    (await audit()).entries
      .filter(({ seq, requestId }) => seq > made.entries && requestId === made.requests[name].id)
      .map(({ action, person }) => [action, person]);

  const peering = async (side: 'east' | 'west', name: string): Promise<string | undefined> => {
    const { status, body } = await consuls[side].request<{ State: string }>('GET', `/v1/peering/${name}`);
    return status === 200 ? body.State : undefined;
  };

  /** The token that somebody's topmost modal shows. */
  const tokenOf = (who: { readonly id: string }): Promise<string> =>
    slack.until(
      () => tokenText.exec(JSON.stringify(slack.views(who.id).at(-1)?.content ?? ''))?.[0],
      'a token in a modal',
      30_000,
    );
  const opens = async (token: string, name: string): Promise<number> =>
    (await consuls.west.request('POST', '/v1/peering/establish', { PeerName: name, PeeringToken: token }))
      .status;

  it('takes the trail for whole, by the key that it was written with', async () => {
    const { status, entries } = await audit();
    expect(status).toBe(0);
    expect(entries.slice(0, made.entries).map(({ seq }) => seq)).toEqual(
      Array.from({ length: made.entries }, (_, at) => at + 1),
    );
    expect((await audit(signingKey.replace('test', 'else'))).status).not.toBe(0);
  });

  it('does what waited in the queues', async () => {
    const report = await slack.until(
      () => after(storedAt).find((message) => shown(message).includes('check:details')),
      'a report',
      30_000,
    );
    expect(buttonsOf(report, 'check:details').map(clusterOf)).toEqual(['prod-west']);
  });

  it('counts no click on Approve that waited, as no modal showed what it decides, but another one', async () => {
    const approvalsOf = async () => (await done('fleet')).filter(([action]) => action === 'approve');
    expect(await approvalsOf()).toEqual([]);
    await pressStored(avery, 'fleet', 'approval:approve');
    await confirmApproval(slack, avery.id);
    await changes('fleet', (text) => text.includes('approval:reveal'));
    expect(await approvalsOf()).toEqual([['approve', avery.id]]);
  });

  it('lists digests, subscriptions and mutes', async () => {
    const digests = shown(await answerTo(robin, 'digest list'));
    expect(Object.values(made.digests).filter((id) => !digests.includes(id))).toEqual([]);
    expect(digests).toContain('Asia/Tokyo');
    expect(digests).toContain('Europe/Stockholm');

    const watched = async (who: { readonly id: string }): Promise<readonly (string | undefined)[]> =>
      buttonsOf(await answerTo(who, 'subscriptions'), 'subscription:end').map(clusterOf);
    expect(await watched(robin)).toEqual(['prod-west']);
    expect(shown(await answerTo(noa, 'subscriptions'))).toContain('acl-*');

    const mutes = await answerTo(robin, 'mutes');
    expect(buttonsOf(mutes, 'mute:end').map((value) => JSON.parse(value) as unknown)).toEqual([
      [1, 'prod-west', 'exported-services-defined', null],
      [1, 'prod-east', 'mesh-*', null],
    ]);
    for (const part of [noa.id, avery.id, 'the gateways move in December', 'nothing is exported yet'])
      expect(shown(mutes)).toContain(part);
  });

  it('lists the stored runs and shows one', async () => {
    const history = await answerTo(robin, 'history prod-east');
    const runs = buttonsOf(history, 'check:details').map((value) => (JSON.parse(value) as string[])[3]);
    // The digest may have come due meanwhile.
    expect(runs.slice(-(made.runs['prod-east']?.length ?? 0))).toEqual(made.runs['prod-east']);

    const oldest = buttonsOf(history, 'check:details').at(-1) ?? '';
    await slack.click(robin.id, history.ts, 'check:details', { value: oldest });
    // A secret that no check can find now: the token that the clusters of then were read with.
    await slack.until(
      () => JSON.stringify(slack.views(robin.id).at(-1)?.content ?? '').includes(made.accessor),
      'the stored report',
    );
    expect(JSON.stringify(slack.views(robin.id))).toContain('acl-least-privilege');
  });

  it('lets a request that waits be approved and revealed on its card', async () => {
    expect(await done('stock')).toEqual([]);
    await pressStored(avery, 'stock', 'approval:approve');
    await confirmApproval(slack, avery.id);
    await changes('stock', (text) => text.includes('approval:reveal'));
    expect(await peering('east', 'stock')).toBeUndefined();
    await slack.click(robin.id, card('stock').ts, 'approval:reveal');
    const token = await tokenOf(robin);
    await changes('stock', (text) => !text.includes('approval:reveal'));
    expect(await peering('east', 'stock')).toBe('PENDING');
    expect(await opens(token, 'stock-hub')).toBe(200);
    const acted = (await done('stock')).map(([action, person]) => `${action} ${person}`);
    expect(acted).toEqual(expect.arrayContaining([`approve ${avery.id}`, `reveal ${robin.id}`]));
  });

  it('reveals what was approved before, to its requester alone', async () => {
    await pressStored(noa, 'cart', 'approval:reveal');
    await waitFor('the refusal', async () => (await done('cart')).length > 0, { timeoutMs: 30_000 });
    expect(await done('cart')).toEqual([['refused-click', noa.id]]);
    expect(await peering('east', 'cart')).toBeUndefined();
    expect(JSON.stringify(slack.views(noa.id))).not.toMatch(tokenText);
    await pressStored(robin, 'cart', 'approval:reveal');
    await tokenOf(robin);
    expect(await peering('east', 'cart')).toBe('PENDING');
  });

  it('connects two clusters by a request that waited', async () => {
    await pressStored(avery, 'connect', 'approval:approve');
    await confirmApproval(slack, avery.id);
    await waitFor(
      'the peering',
      async () =>
        (await peering('east', 'west')) === 'ACTIVE' && (await peering('west', 'east')) === 'ACTIVE',
      { timeoutMs: 30_000 },
    );
    await changes('connect', (text) => !text.includes('approval:'));
  });

  it('decides no request again that has ended', async () => {
    for (const name of ['billing', 'search'] as const) {
      const before = slack.traffic.calls('views.update').length;
      await pressKept(avery, name, 'approval:approve');
      await slack.until(() => slack.traffic.calls('views.update').length > before, 'an answer', 20_000);
      expect(slack.views(avery.id).at(-1)?.content['submit']).toBeUndefined();
      await slack.closeView(avery.id);
    }
    const before = slack.traffic.calls('views.update').length;
    await pressKept(robin, 'orders', 'approval:reveal');
    await slack.until(() => slack.traffic.calls('views.update').length > before, 'an answer', 20_000);
    expect(JSON.stringify(slack.views(robin.id))).not.toMatch(tokenText);
    for (const name of ['billing', 'search', 'orders'] as const) {
      expect([name, await done(name), await peering('east', name)]).toEqual([name, [], undefined]);
    }
  });

  it('posts the digest that comes due, once, and no other', async () => {
    const runOf = (message: Message): readonly string[] => buttonsOf(message, 'digest:run');
    const told = await slack.until(
      () => after(dueAt).find((message) => runOf(message).length > 0),
      'the digest',
      40_000,
    );
    expect(runOf(told)).toEqual([made.digests.due]);
    await slack.until(() => slack.thread(told.ts).length > 0, 'its thread', 20_000);
    // The paused one would have come at the same moment.
    await sleep(1500);
    expect(after(storedAt).filter((message) => runOf(message).length > 0)).toHaveLength(1);
  });

  it('keeps to the schedules that were there', async () => {
    // oxlint-disable-next-line plain-english/words -- the name in the recorded scene
    const { due, later } = made.digests;
    const day = 24 * 3_600_000;
    const moved = ([id, at = 0]: readonly [string, number | undefined]): readonly [string, number] => [
      id,
      at - (schedules.get(id) ?? 0),
    ];
    const now = new Map([...(await schedulesNow())].map(moved));
    const watch = `watch/${platform}/prod-west`;
    const every = now.get(watch) ?? 0;
    expect([every > 0, every % 120_000]).toEqual([true, 0]);
    expect(now).toEqual(
      new Map([
        [`digest/${due}`, day],
        [`digest/${later}`, 0],
        [watch, every],
        [`watch/${approvals}/prod-east`, 0],
      ]),
    );
  });

  it('runs a digest and ends a subscription where somebody says so', async () => {
    const posts = (): number =>
      after(dueAt).filter((message) => buttonsOf(message, 'digest:run').includes(made.digests.due)).length;
    const before = posts();
    await slack.typeCommand(noa.id, platform, `/peering digest run ${made.digests.due}`);
    await slack.until(() => posts() > before, 'the digest', 30_000);

    const ts = made.watches['prod-west'] ?? '';
    const cards = after(0).filter((message) => shown(message).includes('subscription:end'));
    expect(cards.map((message) => message.ts)).toEqual([ts]);
    await slack.click(robin.id, ts, 'subscription:end');
    await slack.until(() => !shown(messageAt(ts)).includes('subscription:end'), 'the end', 30_000);
    expect(buttonsOf(await answerTo(robin, 'subscriptions'), 'subscription:end')).toEqual([]);
  });

  it('has written a trail that is whole', async () => {
    const { status, entries } = await audit();
    expect(status).toBe(0);
    const told = entries.slice(made.entries).map(({ action }) => action);
    expect(told.filter((action) => action === 'approve')).toHaveLength(3);
    expect(told.filter((action) => action === 'reveal')).toHaveLength(2);
    // All on the cards that were there.
    expect(slack.messages(approvals).map(({ ts }) => ts)).toEqual(
      made.messages.filter(({ channel }) => channel === approvals).map(({ ts }) => ts),
    );
  });
});

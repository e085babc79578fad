import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { readManifest } from '../../sandbox/workspace/manifest';
import type { Message } from '../../sandbox/workspace/model';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace } from '../../sandbox/workspace/workspace';
import { startClock } from '../lab/clock';
import { type Managed, sleep, startManaged, temporaryFolder, waitFor } from '../lab/process';
import { startRedis } from '../lab/redis';
import {
  clusters,
  inFolder,
  type Made,
  madeFile,
  rdbFile,
  type RequestName,
  requestNames,
  signingKey,
  startClusters,
} from './scene';

/**
 * Makes the stored Redis: people use a built checkout of the version, and what its Redis then holds is kept. See
 * README.md beside this for when and how.
 */

const { requester: robin, lead: noa, approver: avery } = people;
const { platform, approvals } = channels;

/** A Thursday, some minutes before the digest that is due at six in the evening in Tokyo. */
const startsAt = Date.UTC(2026, 10, 26, 8, 55);

const checkout = process.argv[2];
if (checkout === undefined) throw new Error('name the folder of a built checkout');

const ends: (() => unknown)[] = [];

const make = async (): Promise<void> => {
  const clock = await startClock(startsAt);
  ends.push(clock.remove);
  const consuls = await startClusters(clock.aheadMs);
  ends.push(consuls.stop);
  const server = await startRedis({ clock });
  ends.push(server.stop);
  const redis = new Redis(server.url);
  ends.push(() => redis.disconnect());
  const manifest = readManifest(readFileSync(join(checkout, 'manifest.yml'), 'utf8'));
  const slack = await startWorkspace({ manifest, messageRate: { perSecond: 100, burst: 100 } });
  ends.push(slack.stop);
  slack.advance(clock.aheadMs);
  const folder = await temporaryFolder('made');
  ends.push(folder.remove);
  writeFileSync(join(folder.path, 'clusters.yml'), clusters);

  const start = async (role: 'bot' | 'worker'): Promise<Managed> => {
    const main = resolve(checkout, 'dist/main.js');
    const process_ = startManaged(process.execPath, [main, 'start', '--role', role], {
      folder: folder.path,
      env: {
        PATH: process.env['PATH'],
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_APP_TOKEN: slack.appToken,
        SLACK_API_URL: slack.apiUrl,
        REDIS_URL: server.url,
        PEERING_CLUSTERS: join(folder.path, 'clusters.yml'),
        PEERING_SIGNING_KEY: signingKey,
        ...consuls.env,
        ...clock.env,
      },
    });
    ends.push(() => process_.end('SIGKILL'));
    await waitFor(`the ${role}`, () => process_.log().includes('"msg":"ready"'), {
      whileRunning: process_,
      timeoutMs: 30_000,
    });
    return process_;
  };
  const [bot, worker] = await Promise.all([start('bot'), start('worker')]);

  const say = (who: { readonly id: string }, line: string, channel: string = platform) =>
    slack.typeCommand(who.id, channel, `/peering ${line}`);
  const texts = ({ text, blocks }: Message): string => `${text} ${JSON.stringify(blocks)}`;
  const posted = (channel: string, word: string | RegExp, count = 1): Promise<Message> =>
    slack.until(
      () => slack.messages(channel).filter((message) => texts(message).match(word))[count - 1],
      `${String(word)} in ${channel}`,
      60_000,
    );
  const stored = (what: string, is: () => Promise<boolean>): Promise<unknown> => waitFor(what, is);

  // Checks, whose reports are kept.
  const runs = async (cluster: string): Promise<readonly string[]> =>
    redis.zrevrange(`peering:reports:${cluster}`, 0, -1);
  const check = async (cluster: string): Promise<void> => {
    const before = (await runs(cluster)).length;
    await say(noa, `check ${cluster}`);
    await stored(`a report of ${cluster}`, async () => (await runs(cluster)).length > before);
    // A second check joins one that is not over.
    await sleep(2000);
  };
  await check('prod-east');
  await check('prod-west');
  await check('prod-east');

  await say(noa, 'mute prod-east mesh-* for 30d the gateways move in December');
  await say(avery, 'mute prod-west exported-services-defined for 12h nothing is exported yet');
  await stored('mutes', async () => (await redis.keys('peering:mutes:*')).length === 2);

  // Digests: one that comes due soon, one that would but is paused, and one for another day.
  const digest = async (who: { readonly id: string }, words: string, nth: number): Promise<string> => {
    await say(who, `digest add ${words}`);
    const added = await posted(platform, /digest `\w{4}`/, nth);
    return /digest `(\w{4})`/.exec(added.text)?.[1] ?? '';
  };
  const due = await digest(robin, 'all daily 18:00 Asia/Tokyo', 1);
  const paused = await digest(robin, 'prod-west "0 18 * * *" Asia/Tokyo', 2);
  // oxlint-disable-next-line plain-english/words -- the name in the recorded scene
  const later = await digest(noa, 'prod-east weekdays 7:30 only-changes', 3);
  await say(robin, `digest pause ${paused}`);
  await say(robin, `digest run ${due}`);
  await stored(
    'a run of the digest',
    async () => (await redis.hexists(`peering:digest:${due}`, 'run')) === 1,
  );

  await say(robin, 'subscribe prod-west every 2m');
  await say(noa, 'subscribe prod-east severity:error check:acl-* every 24h', approvals);
  const cardOf = async (channel: string, cluster: string): Promise<string> => {
    await stored('a look', async () => (await redis.hlen(`peering:watch:${channel}:${cluster}`)) > 0);
    return (await posted(channel, `subscription:end`)).ts;
  };
  const watches = {
    'prod-west': await cardOf(platform, 'prod-west'),
    'prod-east': await cardOf(approvals, 'prod-east'),
  };

  // Ten commands a minute are what one person may give.
  await sleep(61_000);

  // Requests.
  const requests: Partial<Record<RequestName, { id: string; ts: string }>> = {};
  const kept: Partial<Record<RequestName, Message['blocks']>> = {};
  const ask = async (who: { readonly id: string }, name: RequestName): Promise<string> => {
    const reason = `because of ${name}`;
    await say(
      who,
      name === 'connect' ? `connect prod-east prod-west ${reason}` : `token prod-east ${name} ${reason}`,
    );
    const card = await posted(approvals, reason);
    const [, id = ''] = /"action_id":"approval:approve"[^}]*"value":"(\w+)"/.exec(texts(card)) ?? [];
    requests[name] = { id, ts: card.ts };
    return card.ts;
  };
  const card = (ts: string): string => {
    const found = slack.messages(approvals).find((message) => message.ts === ts);
    return found ? texts(found) : '';
  };
  const keep = (name: RequestName, ts: string): void => {
    kept[name] = slack.messages(approvals).find((message) => message.ts === ts)?.blocks ?? [];
  };
  const press = async (who: { readonly id: string }, ts: string, action: string): Promise<void> => {
    await slack.until(() => card(ts).includes(action), `${action} on a card`);
    await slack.click(who.id, ts, action);
  };
  const decided = (ts: string): Promise<unknown> =>
    slack.until(() => !card(ts).includes('approval:approve'), 'a decision', 30_000);

  const orders = await ask(robin, 'orders');
  await press(avery, orders, 'approval:approve');
  await slack.until(() => card(orders).includes('approval:reveal'), 'the approval', 30_000);
  keep('orders', orders);
  await press(robin, orders, 'approval:reveal');
  await slack.until(
    () => JSON.stringify(slack.views(robin.id)).includes('PEERING_TOKEN'),
    'the token',
    30_000,
  );
  await slack.until(() => !card(orders).includes('approval:reveal'), 'the end of the request', 30_000);
  await slack.closeView(robin.id);

  const billing = await ask(robin, 'billing');
  keep('billing', billing);
  await press(avery, billing, 'approval:deny');
  await slack.until(() => JSON.stringify(slack.views(avery.id)).includes('"reason"'), 'the form');
  await slack.submitView(avery.id, { 'reason/value': 'not this year' });
  await decided(billing);

  const search = await ask(robin, 'search');
  keep('search', search);
  await press(robin, search, 'approval:cancel');
  await decided(search);

  const cart = await ask(robin, 'cart');
  await press(avery, cart, 'approval:approve');
  await decided(cart);

  await ask(robin, 'stock');
  const fleet = await ask(noa, 'fleet');
  await ask(noa, 'connect');

  // Requests that come while no worker runs wait in the queues.
  await worker.end('SIGTERM');
  await press(avery, fleet, 'approval:approve');
  await say(noa, 'check prod-west');
  await stored('two jobs that wait', async () => {
    const waits = ['tokens', 'checks'].map((queue) => redis.llen(`{peering}:${queue}:wait`));
    return (await Promise.all(waits)).every((count) => count === 1);
  });
  await bot.end('SIGTERM');

  await redis.config('SET', 'rdbcompression', 'yes');
  const at = new Date(Date.now() + clock.aheadMs).toISOString();
  await redis.save();
  copyFileSync(join(server.folder, 'dump.rdb'), inFolder(rdbFile));
  const { AccessorID: accessor } = await consuls.east.call<{ AccessorID: string }>(
    'GET',
    '/v1/acl/token/self',
  );
  const missing = requestNames.filter((name) => !requests[name]?.id);
  if (missing.length > 0) throw new Error(`no card of ${missing.join()}`);
  const referred = new Set([...Object.values(watches), ...Object.values(requests).map(({ ts }) => ts)]);
  const made: Made = {
    at,
    digests: { due, paused, later },
    runs: { 'prod-east': await runs('prod-east'), 'prod-west': await runs('prod-west') },
    accessor,
    requests: requests as Made['requests'],
    kept: kept as Made['kept'],
    watches,
    entries: await redis.llen('peering-bot:{approvals}:audit'),
    messages: [platform, approvals].flatMap((channel) =>
      slack.messages(channel).filter(({ ts }) => referred.has(ts)),
    ),
  };
  // A line for each message, so that a change shows where it is.
  const text = JSON.stringify({ ...made, messages: [] }).replace(/\[\]\}$/, '');
  const lines = made.messages.map((message) => JSON.stringify(message));
  writeFileSync(inFolder(madeFile), `${text}[\n${lines.join(',\n')}\n]}\n`);
};

const main = async (): Promise<void> => {
  try {
    await make();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    for (const end of ends.toReversed()) await end();
  }
};

void main();

import { resolve } from 'node:path';
import { readRecordings, type ServedCluster, serveRecording } from '../../sandbox/demo/recording';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { runButtons } from '../../src/features/history';
import { renderFailure } from '../../src/render/slack/failure';
import { describeWith } from '../lab/binaries';
import { sleep, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { type BotProcess, type Gate, manifest, startBotProcess, startGate } from './support';

jest.setTimeout(120_000);

const robin = people.requester.id;
const other = people.approver.id;
const channel = channels.platform;

describeWith(['redis'], 'checks of one cluster at the same time', () => {
  let cluster: ServedCluster;
  let gate: Gate;
  let redis: RedisServer;
  let slack: Workspace;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    const [recording] = await readRecordings(resolve(__dirname, '../../sandbox/recordings'));
    if (recording === undefined) throw new Error('there is no recording');
    cluster = await serveRecording(recording, { token: 'recorded', delayMs: 0 });
    gate = await startGate(cluster.address);
  });
  afterAll(async () => {
    gate.stop();
    await cluster.stop();
  });
  beforeEach(async () => {
    [redis, slack] = await Promise.all([startRedis(), startWorkspace({ manifest })]);
    ends.push(slack.stop, redis.stop);
  });
  afterEach(async () => {
    gate.release();
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const start = async (...args: string[]): Promise<BotProcess> => {
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `clusters:\n  prod: { address: '${gate.address}', token: { env: CONSUL_TOKEN } }\n`,
      env: { CONSUL_TOKEN: 'recorded' },
      args,
    });
    ends.push(() => bot.end('SIGKILL'));
    return bot;
  };
  const isAnswer = ({ text }: { readonly text: string }): boolean => /ready for peering/.test(text);
  const inThread = (ts: string) => slack.thread(ts).filter(isAnswer);
  const inChannel = (where: string = channel) => slack.messages(where).filter(isAnswer);
  const question = (words: string): string => slack.say(robin, channel, words).ts;

  it('are answered in each thread and in the channel, once each', async () => {
    await start();
    const threads = [question('one'), question('two')];
    gate.hold();
    for (const ts of threads) await slack.mention(robin, channel, 'check prod', ts);
    await slack.mention(other, channel, 'check prod');
    await waitFor('the first check', () => gate.waiting());
    gate.release();
    await slack.until(() => threads.every((ts) => inThread(ts).length > 0), 'both threads', 30_000);
    await slack.until(() => inChannel().length > 0, 'the channel', 30_000);
    await sleep(1500);
    expect(threads.map((ts) => inThread(ts).length)).toEqual([1, 1]);
    expect(inChannel()).toHaveLength(1);
  });

  it('are answered in each thread once where their worker dies', async () => {
    await start('--role', 'bot');
    const worker = await start('--role', 'worker');
    const threads = [question('one'), question('two')];
    gate.hold();
    for (const ts of threads) await slack.mention(robin, channel, 'check prod', ts);
    await waitFor('the checks', () => gate.waiting());
    await worker.end('SIGKILL');
    gate.release();
    await start('--role', 'worker');
    await slack.until(() => threads.every((ts) => inThread(ts).length > 0), 'both threads', 60_000);
    await sleep(1500);
    expect(threads.map((ts) => inThread(ts).length)).toEqual([1, 1]);
    expect(inChannel()).toHaveLength(0);
  });

  it('are answered in a thread whose answer is asked for again there', async () => {
    const bot = await start();
    const ts = question('one');
    await slack.mention(robin, channel, 'check prod', ts);
    const [answer] = await slack.until(() => inThread(ts).length > 0 && inThread(ts), 'the answer', 30_000);
    // A click before the end of the job joins it.
    await waitFor('the end of the job', () => bot.output().includes('"msg":"job ended"'));
    await slack.click(other, answer?.ts ?? '', runButtons.runAgain.id);
    await slack.until(() => inThread(ts).length > 1, 'the second answer', 30_000);
    expect(inChannel()).toHaveLength(0);
  });

  it('are answered to each person where the bot is removed from the channel meanwhile', async () => {
    await start();
    gate.hold();
    const where = channels.leads;
    const first = people.lead.id;
    await slack.typeCommand(first, where, '/peering check prod');
    await slack.until(() => slack.messages(where).length > 0, 'the message of the first', 30_000);
    await slack.typeCommand(other, where, '/peering check prod');
    const { text: joined } = renderFailure({ kind: 'joined', cluster: 'prod' });
    const joinedNotes = () => slack.ephemerals(other, where).filter(({ text }) => text === joined).length;
    await slack.until(() => joinedNotes() > 0, 'that it joined', 30_000);
    slack.state.channels.get(where)?.members.delete(people.bot.id);
    gate.release();
    const toPerson = (user: string) => slack.ephemerals(user, where).filter(isAnswer);
    await slack.until(() => toPerson(first).length > 0, 'the first', 30_000);
    await slack.until(() => toPerson(other).length > 0, 'the second', 30_000);
    await sleep(1500);
    expect([toPerson(first).length, toPerson(other).length, joinedNotes()]).toEqual([1, 1, 1]);
  });

  it('are answered to each person where the bot may not post', async () => {
    await start();
    gate.hold();
    const where = channels.random;
    await slack.typeCommand(robin, where, '/peering check prod');
    await waitFor('the first check', () => gate.waiting());
    await slack.typeCommand(other, where, '/peering check prod');
    await sleep(1000);
    gate.release();
    const toPerson = (user: string) => slack.ephemerals(user, where).filter(isAnswer);
    await slack.until(() => toPerson(robin).length > 0, 'the first', 30_000);
    await slack.until(() => toPerson(other).length > 0, 'the second', 30_000);
    await sleep(1500);
    expect([toPerson(robin).length, toPerson(other).length]).toEqual([1, 1]);
  });
});

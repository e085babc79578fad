import { channels, people } from '../../../sandbox/workspace/people';
import { answerAlert } from '../../../src/features/alerts';
import { omitUndefined } from '../../../src/omit-undefined';
import { groupOf } from '../../../src/features/alerts/alert-threads.store';
import { keys } from '../../../src/redis/keys';
import { describeWith } from '../../lab/binaries';
import { sealer } from '../../sealer';
import { useStage } from '../digests/stage';

const channel = channels.platform;
const firing = {
  groupKey: '{}:{alertname="PeeringDown"}',
  status: 'firing',
  alert: 'PeeringDown',
  summary: 'A peering is <not> ACTIVE',
  firing: 1,
  clusters: ['prod-east'],
  team: 'T1',
} as const;
const resolved = { ...firing, status: 'resolved', firing: 0 } as const;

describeWith(['redis'], 'a notification of Alertmanager', () => {
  const stageOf = useStage();
  const open = async () => {
    const here = await stageOf();
    const alertmanager = { token: { env: 'AM' }, channel, owner: people.requester.id, label: 'cluster' };
    const tools = { ...here.tools, config: { ...here.tools.config, alertmanager } };
    const start = Date.now();
    /** Runs a job; `at` is the number of ms after the start at which its notification came. */
    const run = (payload: object, id?: string, at?: number) =>
      here.run(
        answerAlert,
        payload,
        omitUndefined({ id, since: at === undefined ? undefined : start + at }),
        tools,
      );
    const messages = () => here.slack.messages(channel).filter(({ threadTs }) => threadTs === undefined);
    const checks = () => here.queued.filter(({ name }) => name === 'check-cluster');
    return { here, tools, run, messages, checks };
  };

  it('has one message until it is resolved, and its checks in the thread, as its owner', async () => {
    const { run, messages, checks, here } = await open();
    await run(firing);
    await run({ ...firing, clusters: ['prod-east', 'prod-west'] });
    const [message, ...more] = messages();
    expect(more).toEqual([]);
    const thread = message?.ts;
    expect(checks().map(({ payload }) => payload)).toMatchObject([
      { cluster: 'prod-east', thread, channel, user: people.requester.id },
      { cluster: 'prod-east', thread },
      { cluster: 'prod-west', thread },
    ]);
    expect(JSON.stringify(message?.blocks)).not.toContain('<not>');
    await run(resolved);
    await run(resolved);
    expect(here.slack.thread(thread ?? '')).toHaveLength(1);
    await run(firing);
    expect(messages()).toHaveLength(2);
  });

  it('that is repeated after its worker died posts nothing twice', async () => {
    const { here, tools, run, messages, checks } = await open();
    const dying: typeof tools = {
      ...tools,
      queue: async () => {
        throw new Error('killed');
      },
    };
    await expect(here.run(answerAlert, firing, { id: 'one' }, dying)).rejects.toThrow('killed');
    await run(firing, 'one');
    expect(messages()).toHaveLength(1);
    expect(checks().map(({ id }) => id)).toEqual(['one-prod-east']);
  });

  it('keeps its groups apart', async () => {
    const { run, messages } = await open();
    await run(firing);
    await run({ ...firing, groupKey: 'another' });
    expect(messages()).toHaveLength(2);
  });

  it('has no thread that somebody else wrote into Redis', async () => {
    const { here, run, messages, checks } = await open();
    await run(firing);
    const [key = ''] = await here.redis.keys('peering:alert:*');
    const stored = (await here.redis.hget(key, 'thread')) ?? '';
    await here.redis.hset(key, 'thread', stored.replace(/"channel":"[^"]+"/, '"channel":"C0ELSEWHERE"'));
    await run(firing);
    expect(messages()).toHaveLength(2);
    expect(checks().every(({ payload }) => (payload as { channel: string }).channel === channel)).toBe(true);
  });

  it('that is resolved before its message is posted ends after it', async () => {
    const { here, run, messages } = await open();
    here.slack.faults.next('chat.postMessage', { kind: 'status', status: 503 }, 10);
    expect(await run(firing, 'fires', 0)).toMatchObject({ kind: 'delay' });
    expect(await run({ ...resolved, clusters: [] })).toMatchObject({ kind: 'delay' });
    here.slack.faults.clear();
    await run(firing, 'fires', 0);
    expect(await run({ ...resolved, clusters: [] })).toEqual({ kind: 'done', as: 'resolved' });
    const [message] = messages();
    expect(here.slack.thread(message?.ts ?? '')).toHaveLength(1);
  });

  it('that is resolved before it was known says nothing', async () => {
    const { run, messages } = await open();
    expect(await run(resolved)).toEqual({ kind: 'done', as: 'not-known' });
    expect(messages()).toEqual([]);
  });

  it('that is resolved ends nothing that fired after it, where the first message was refused', async () => {
    const { here, run, messages } = await open();
    here.slack.faults.next('chat.postMessage', { kind: 'error', error: 'not_in_channel' });
    expect(await run(firing, 'first', 0)).toEqual({ kind: 'done', as: 'undelivered' });
    expect(await run(resolved, 'resolves', 1)).toEqual({ kind: 'done', as: 'not-known' });
    await run(firing, 'second', 2);
    expect(await run(resolved, 'resolves', 1)).toEqual({ kind: 'done', as: 'outdated' });
    const [message, ...more] = messages();
    expect([more, here.slack.thread(message?.ts ?? '')]).toEqual([[], []]);
    expect(await run(resolved, 'last', 3)).toEqual({ kind: 'done', as: 'resolved' });
  });

  it('that is resolved ends nothing that fired after it, where Slack was away', async () => {
    const { here, run, messages, checks } = await open();
    here.slack.faults.next('chat.postMessage', { kind: 'status', status: 503 }, 10);
    expect(await run(firing, 'first', 0)).toMatchObject({ kind: 'delay' });
    expect(await run(resolved, 'resolves', 1)).toMatchObject({ kind: 'delay' });
    here.slack.faults.clear();
    // One job posts.
    expect(await run(firing, 'second', 2)).toMatchObject({ kind: 'delay' });
    await run(firing, 'first', 0);
    expect(await run(resolved, 'resolves', 1)).toEqual({ kind: 'done', as: 'outdated' });
    expect(await run(firing, 'second', 2)).toEqual({ kind: 'done', as: 'checking' });
    const [message, ...more] = messages();
    expect([more, here.slack.thread(message?.ts ?? '')]).toEqual([[], []]);
    expect(checks().map(({ id }) => id)).toEqual(['first-prod-east', 'second-prod-east']);
    expect(await run(resolved, 'last', 3)).toEqual({ kind: 'done', as: 'resolved' });
  });

  it('begins no message if it fired before the group was resolved', async () => {
    const { run, messages } = await open();
    await run(firing, 'first', 0);
    await run(resolved, 'resolves', 2);
    expect(await run(firing, 'second', 1)).toEqual({ kind: 'done', as: 'outdated' });
    expect(messages()).toHaveLength(1);
  });

  it('that was given up leaves its group to the next one', async () => {
    const { here, tools, run, messages } = await open();
    here.slack.faults.next('chat.postMessage', { kind: 'status', status: 503 }, 10);
    await run(firing, 'first', 0);
    here.slack.faults.clear();
    await here.run(
      {
        ...answerAlert,
        handle: async (context) => {
          await answerAlert.abandon(context);
          return { kind: 'done', as: 'expired' };
        },
      },
      firing,
      { id: 'first' },
      tools,
    );
    expect(await run(resolved, 'resolves', 1)).toEqual({ kind: 'done', as: 'not-known' });
    expect(await run(firing, 'second', 2)).toEqual({ kind: 'done', as: 'checking' });
    expect(messages()).toHaveLength(1);
  });

  it('goes on in the thread of a record of an earlier version', async () => {
    const { here, run, messages } = await open();
    await run(firing, 'first', 0);
    const group = groupOf(firing.groupKey);
    const { by, latest, ...former } = (await here.tools.alertThreads.find(group)) ?? {};
    const location = { kind: 'alert-thread', key: keys.alertThread(group), field: 'thread' };
    await here.redis.hset(
      location.key,
      'thread',
      sealer.seal(location, JSON.stringify({ ...former, ref: null })),
    );
    expect(await run(firing, 'second', 1)).toEqual({ kind: 'done', as: 'checking' });
    expect(await run(resolved, 'resolves', 2)).toEqual({ kind: 'done', as: 'resolved' });
    expect([messages().length, typeof by, typeof latest]).toEqual([1, 'string', 'number']);
  });
});

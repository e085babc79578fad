import { channels, people } from '../../../sandbox/workspace/people';
import { answerAlert } from '../../../src/features/alerts';
import { describeWith } from '../../lab/binaries';
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
    const run = (payload: object, id?: string) =>
      here.run(answerAlert, payload, id === undefined ? {} : { id }, tools);
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
    expect(await run(firing)).toMatchObject({ kind: 'delay' });
    expect(await run({ ...resolved, clusters: [] })).toMatchObject({ kind: 'delay' });
    here.slack.faults.clear();
    await run(firing);
    expect(await run({ ...resolved, clusters: [] })).toEqual({ kind: 'done', as: 'resolved' });
    const [message] = messages();
    expect(here.slack.thread(message?.ts ?? '')).toHaveLength(1);
  });

  it('that is resolved before it was known says nothing', async () => {
    const { run, messages } = await open();
    expect(await run(resolved)).toEqual({ kind: 'done', as: 'not-known' });
    expect(messages()).toEqual([]);
  });
});

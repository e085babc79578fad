import { createHmac, randomUUID } from 'node:crypto';
import { channels, people } from '../../../sandbox/workspace/people';
import type { ReceiverConfig } from '../../../src/config/config';
import type { JobOutcome } from '../../../src/queue/define';
import { deliverEvent } from '../../../src/features/events';
import type { PeeringEvent } from '../../../src/features/events/peering-event';
import { pollSubscription } from '../../../src/features/subscriptions/poll-subscription';
import { applyMutes } from '../../../src/report/mutes';
import { matchesGlob } from '../../../src/config/match-glob';
import type { Finding } from '../../../src/report/report';
import { describeWith } from '../../lab/binaries';
import { finding, reportOf, result } from '../digests/reports';
import { type Stage, useStage } from '../digests/stage';
import { type Receiver, startReceiver } from './receivers';

const owner = people.requester.id;
const cluster = 'prod-east';
const secret = 'whsec-7d1f0c7e';
const routingKey = 'R0UT1NGKEY';

describeWith(['redis'], 'events', () => {
  const stageOf = useStage();
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.stop());

  const webhook = (over: Partial<ReceiverConfig> = {}): ReceiverConfig => ({
    kind: 'webhook',
    name: 'ops',
    url: receiver.url,
    secret: { env: 'WEBHOOK_SECRET' },
    severity: 'warning',
    ...over,
  });
  const pager = (over: Partial<ReceiverConfig> = {}): ReceiverConfig =>
    webhook({
      kind: 'pagerduty',
      name: 'oncall',
      secret: { env: 'ROUTING_KEY' },
      severity: 'error',
      ...over,
    });

  let planned = 0;
  const open = async (
    receivers: readonly ReceiverConfig[],
    subscribed: readonly string[] = [channels.platform],
  ) => {
    const here = await stageOf({
      access: { restrict: false, grants: [{ allow: ['subscribe'], users: [owner] }] },
    });
    for (const channel of subscribed) {
      const filters = {
        severity: 'warning',
        check: null,
        peer: null,
        everyMs: 300_000,
        broadcast: true,
      } as const;
      const definition = { cluster, channel, team: here.slack.teamId, owner, ...filters };
      await here.tools.subscriptions.put(definition, Date.now());
    }
    const tools = {
      ...here.tools,
      config: { ...here.tools.config, receivers },
      environment: { WEBHOOK_SECRET: secret, ROUTING_KEY: routingKey },
    };
    const delivered = new Set<string>();
    /** Runs the queued deliveries, each id once, as the queue does. */
    const deliver = async (): Promise<readonly string[]> => {
      const outcomes: string[] = [];
      for (const { name, payload, id } of here.queued.filter((job) => job.name === deliverEvent.name)) {
        if (delivered.has(id)) continue;
        const outcome = await here.run(deliverEvent, payload, { id }, tools);
        if (outcome.kind === 'done') delivered.add(id);
        outcomes.push(outcome.kind === 'done' ? outcome.as : outcome.kind);
        expect(name).toBe('deliver-event');
      }
      return outcomes;
    };
    const pollOnce = (channel: string = channels.platform): Promise<JobOutcome> =>
      here.run(pollSubscription, { cluster, channel, planned: (planned += 1) }, { id: randomUUID() }, tools);
    /** Polls until a change is confirmed. */
    const confirm = async (findings: readonly Finding[], channel?: string): Promise<void> => {
      here.show(cluster, reportOf(cluster, [result('mesh-enabled', findings)]));
      for (let at = 0; at < 2; at += 1) await pollOnce(channel);
    };
    return { here, tools, deliver, confirm, pollOnce };
  };
  const bodies = (): readonly PeeringEvent[] =>
    receiver.received.map(({ text }) => JSON.parse(text) as PeeringEvent);
  const told = () => bodies().map(({ type, subject, severity }) => [type, subject.name, severity]);

  it('tell a webhook once of each change that is confirmed, signed with the time', async () => {
    const { confirm, deliver, pollOnce } = await open([webhook()]);
    await confirm([]);
    await confirm([finding('web')]);
    await pollOnce();
    await deliver();
    await confirm([finding('web', 'warning')]);
    await deliver();
    await confirm([]);
    await deliver();
    expect(told()).toEqual([
      ['added', 'web', 'error'],
      ['changed', 'web', 'warning'],
      ['resolved', 'web', null],
    ]);
    expect(new Set(bodies().map(({ issue }) => issue)).size).toBe(1);
    expect(new Set(bodies().map(({ id }) => id)).size).toBe(3);
    for (const { headers, text } of receiver.received) {
      const timestamp = String(headers['x-peering-timestamp']);
      const expected = createHmac('sha256', secret).update(`${timestamp}.${text}`).digest('hex');
      expect(headers['x-peering-signature']).toBe(`v1=${expected}`);
      expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(60);
      expect(headers['x-peering-event-id']).toBe((JSON.parse(text) as PeeringEvent).id);
    }
  });

  it('trigger and resolve one alert of PagerDuty for a finding', async () => {
    const { confirm, deliver } = await open([pager()]);
    await confirm([]);
    await confirm([finding('web'), finding('api', 'warning')]);
    await deliver();
    await confirm([]);
    await deliver();
    const [trigger, resolve, ...more] = receiver.received.map(
      ({ text }) => JSON.parse(text) as Record<string, unknown>,
    );
    expect(more).toEqual([]);
    expect(trigger).toMatchObject({
      routing_key: routingKey,
      event_action: 'trigger',
      payload: { source: cluster, severity: 'error', class: 'mesh-enabled' },
    });
    expect(resolve).toEqual({
      routing_key: routingKey,
      event_action: 'resolve',
      dedup_key: trigger?.['dedup_key'],
    });
  });

  it('of a muted finding resolve its alert, and name the mute to a webhook', async () => {
    const { here, confirm, deliver, pollOnce } = await open([webhook(), pager()]);
    await confirm([]);
    await confirm([finding('web')]);
    const report = reportOf(cluster, [result('mesh-enabled', [finding('web')])]);
    const untilMs = Date.now() + 60_000;
    const mute = { check: '*', subject: null, by: owner, reason: 'x', createdMs: 0, untilMs };
    await deliver();
    here.show(cluster, applyMutes(report, [mute], Date.now(), matchesGlob));
    for (let at = 0; at < 2; at += 1) await pollOnce();
    await deliver();
    const afterwards = receiver.received
      .slice(2)
      .map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    expect(new Set(afterwards.map(({ type, event_action }) => type ?? event_action))).toEqual(
      new Set(['muted', 'resolve']),
    );
  });

  it('of a cluster that is no longer configured resolve what is open, once', async () => {
    const { here, tools, confirm, deliver } = await open([webhook(), pager()]);
    await confirm([finding('old')]);
    await confirm([finding('old'), finding('web'), finding('api', 'warning')]);
    await deliver();
    const clusters = new Map([...tools.config.clusters].filter(([name]) => name !== cluster));
    const gone = { ...tools, config: { ...tools.config, clusters } };
    let count = 0;
    const dying: typeof tools = {
      ...gone,
      queue: async (job, payload, request) => {
        if ((count += 1) > 1) throw new Error('killed');
        return tools.queue(job, payload, request);
      },
    };
    const payload = { cluster, channel: channels.platform, planned: (planned += 1) };
    await expect(here.run(pollSubscription, payload, {}, dying)).rejects.toThrow('killed');
    for (let at = 0; at < 2; at += 1) await here.run(pollSubscription, payload, {}, gone);
    await deliver();
    const texts = receiver.received.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    const ended = texts.filter(
      ({ type, event_action: action }) => type === 'resolved' || action === 'resolve',
    );
    // Of `old`, which was there at first, nobody was notified.
    expect(
      ended.map(({ subject, dedup_key: key }) => subject ?? (key === undefined ? key : 'pagerduty')),
    ).toEqual(
      expect.arrayContaining([
        { kind: 'service', name: 'web' },
        { kind: 'service', name: 'api' },
        'pagerduty',
      ]),
    );
    expect(ended).toHaveLength(3);
    const trigger = texts.find(({ event_action: action }) => action === 'trigger');
    const resolve = texts.find(({ event_action: action }) => action === 'resolve');
    expect(resolve?.['dedup_key']).toBe(trigger?.['dedup_key']);
  });

  it('come once from two subscriptions', async () => {
    const { confirm, deliver } = await open([webhook()], [channels.platform, channels.approvals]);
    for (const findings of [[], [finding('web')], []]) {
      for (const channel of [channels.platform, channels.approvals]) await confirm(findings, channel);
      await deliver();
    }
    expect(told().map(([type]) => type)).toEqual(['added', 'resolved']);
  });

  it('go only to receivers of their cluster and severity', async () => {
    const { confirm, deliver } = await open([
      webhook({ name: 'others', clusters: ['staging'] }),
      webhook({ name: 'errors', severity: 'error' }),
    ]);
    await confirm([]);
    await confirm([finding('web', 'warning')]);
    await deliver();
    expect(told()).toEqual([]);
    await confirm([finding('web')]);
    await deliver();
    await confirm([finding('web', 'warning')]);
    await deliver();
    expect(told()).toEqual([
      ['added', 'web', 'error'],
      ['resolved', 'web', 'warning'],
    ]);
  });

  it('are announced again, with the same ids, where the poll died before all were queued', async () => {
    const { here, tools, confirm, pollOnce } = await open([webhook()]);
    await confirm([]);
    here.show(cluster, reportOf(cluster, [result('mesh-enabled', [finding('web'), finding('api')])]));
    await pollOnce();
    let count = 0;
    const dying: typeof tools = {
      ...tools,
      queue: async (job, payload, request) => {
        if ((count += 1) > 1) throw new Error('killed');
        return tools.queue(job, payload, request);
      },
    };
    const payload = { cluster, channel: channels.platform, planned: (planned += 1) };
    await expect(here.run(pollSubscription, payload, {}, dying)).rejects.toThrow('killed');
    await here.run(pollSubscription, payload, {}, tools);
    const ids = here.queued.filter(({ name }) => name === 'deliver-event').map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([3, 2]);
  });

  it('that a later one has overtaken are not sent', async () => {
    const { confirm, deliver } = await open([pager()]);
    await confirm([]);
    receiver.answer(503);
    await confirm([finding('web')]);
    expect(await deliver()).toEqual(['retry']);
    await confirm([]);
    receiver.answer(202);
    expect((await deliver()).toSorted()).toEqual(['delivered', 'overtaken']);
    const actions = receiver.received.map(({ text }) => JSON.parse(text) as PeeringEvent & object);
    expect(actions.map((body) => 'event_action' in body && body.event_action)).toEqual([
      'trigger',
      'resolve',
    ]);
  });

  it.each<[number, string]>([
    [500, 'retry'],
    [429, 'retry'],
    [400, 'refused'],
    [404, 'refused'],
  ])('that are answered with %s end with %s', async (status, outcome) => {
    const { confirm, deliver } = await open([webhook()]);
    await confirm([]);
    await confirm([finding('web')]);
    receiver.answer(status);
    expect(await deliver()).toEqual([outcome]);
  });

  it('follow no redirect', async () => {
    const elsewhere = await startReceiver();
    const { confirm, deliver } = await open([webhook()]);
    await confirm([]);
    await confirm([finding('web')]);
    receiver.answer(307, { location: elsewhere.url });
    expect(await deliver()).toEqual(['refused']);
    expect([receiver.received.length, elsewhere.received.length]).toEqual([1, 0]);
    elsewhere.stop();
  });

  it('wait while their secret cannot be read, and need no receiver that is gone', async () => {
    const { here, tools, confirm } = await open([webhook()]);
    await confirm([]);
    await confirm([finding('web')]);
    const [job] = here.queued.filter(({ name }) => name === 'deliver-event');
    const run = (over: object) => here.run(deliverEvent, job?.payload, {}, { ...tools, ...over });
    expect(await run({ environment: {} })).toMatchObject({ kind: 'retry' });
    expect(await run({ config: here.tools.config })).toEqual({ kind: 'done', as: 'not-configured' });
    expect(receiver.received).toEqual([]);
  });

  it('are not sent again once the receiver has accepted them', async () => {
    const { here, tools, confirm } = await open([webhook()]);
    await confirm([]);
    await confirm([finding('web')]);
    const [job] = here.queued.filter(({ name }) => name === 'deliver-event');
    for (let run = 0; run < 2; run += 1)
      expect(await here.run(deliverEvent, job?.payload, { id: 'event-1' }, tools)).toMatchObject({
        as: 'delivered',
      });
    expect(receiver.received).toHaveLength(1);
  });

  it('are not made without a receiver', async () => {
    const { here, confirm } = await open([]);
    const tools: Stage['tools'] = here.tools;
    await confirm([]);
    await confirm([finding('web')]);
    expect(here.queued.filter(({ name }) => name === 'deliver-event')).toEqual([]);
    expect(tools.config.receivers).toBeUndefined();
  });
});

import { randomUUID } from 'node:crypto';
import type { OwnerConfig } from '../../../src/config/config';
import { parseWeekHours } from '../../../src/config/on-call';
import { runDigest } from '../../../src/features/digests/run-digest';
import { pollSubscription } from '../../../src/features/subscriptions/poll-subscription';
import type { Subscription } from '../../../src/features/subscriptions/subscriptions.store';
import { keys } from '../../../src/redis/keys';
import type { Finding } from '../../../src/report/report';
import { channels, people, usergroups } from '../../../sandbox/workspace/people';
import { describeWith } from '../../lab/binaries';
import { finding, reportOf, result } from '../digests/reports';
import { type Stage, type StageOptions, useStage } from '../digests/stage';

const owner = people.requester.id;
const cluster = 'prod-east';
const group = usergroups.oncall;
const { platform } = channels;
const other = channels.random;

const ownedBy = (oncall: Partial<NonNullable<OwnerConfig['oncall']>> = {}): OwnerConfig => ({
  usergroup: usergroups.leads,
  channel: platform,
  approvers: { users: [], usergroups: [usergroups.leads] },
  labels: {},
  samePerson: false,
  oncall: { usergroup: group, severity: 'error', hours: [], zone: 'UTC', ...oncall },
});

const optionsOf = (owned = ownedBy()): StageOptions => ({
  access: { restrict: false, grants: [{ allow: ['subscribe', 'digest'], users: [owner] }] },
  owners: new Map([
    [cluster, owned],
    ['prod-west', owned],
  ]),
});

const shows = (here: Stage, name: string, ...findings: readonly Finding[]): void =>
  here.show(name, reportOf(name, [result('mesh-enabled', findings)]));
const unreadable = {
  ok: false,
  error: { cause: 'unreachable', message: 'no route', temporary: true },
} as const;

const subscribe = async (here: Stage, over: Partial<Subscription> = {}): Promise<void> => {
  const filters = {
    severity: 'warning',
    check: null,
    peer: null,
    everyMs: 300_000,
    broadcast: true,
  } as const;
  const definition = { cluster, channel: platform, team: here.slack.teamId, owner, ...filters, ...over };
  await here.tools.subscriptions.put(definition, Date.now());
};

/** When polls were planned: each later than the one before. */
let planned = 0;
const poll = async (here: Stage, times = 1, over: { cluster?: string; channel?: string } = {}) => {
  for (let at = 0; at < times; at += 1) {
    const payload = { cluster, channel: platform, ...over, planned: (planned += 1) };
    await here.run(pollSubscription, payload, { id: randomUUID() });
  }
};

/** The messages of a channel, with their replies, that mention the group. */
const mentions = (here: Stage, channel: string = platform) =>
  here.slack
    .messages(channel)
    .filter(({ fromBot, threadTs }) => fromBot && !threadTs)
    .flatMap((message) => [message, ...here.slack.thread(message.ts)])
    .filter(({ blocks }) => JSON.stringify(blocks).includes(`<!subteam^${group}>`));

const run = (here: Stage, digest: string) =>
  here.run(runDigest, { digest, planned: Date.now(), requestedBy: null }, { id: randomUUID() });

const incidentOf = async (here: Stage, name = cluster) =>
  (await here.tools.incidents.of([name], Date.now())).get(name);

/** From now on it is this moment. */
const setTime = (iso: string): void => {
  jest.spyOn(Date, 'now').mockReturnValue(Date.parse(iso));
};

describeWith(['redis'], 'people on call', () => {
  const stageOf = useStage();
  /** A cluster that was ready, and is watched by one channel. */
  const staged = async (owned?: OwnerConfig): Promise<Stage> => {
    const here = await stageOf(optionsOf(owned));
    here.slack.state.channels.get(other)?.members.add(people.bot.id);
    shows(here, cluster);
    await subscribe(here);
    await poll(here);
    return here;
  };

  it('are mentioned once when a cluster turns not ready, and not for what changes later', async () => {
    const here = await staged();
    shows(here, cluster, finding('web'));
    await poll(here, 3);
    shows(here, cluster, finding('web'), finding('api'));
    await poll(here, 3);
    expect(mentions(here)).toHaveLength(1);
  });

  it('are mentioned in one channel of two that watch the cluster', async () => {
    const here = await staged();
    await subscribe(here, { channel: other });
    await poll(here, 1, { channel: other });
    shows(here, cluster, finding('web'));
    await poll(here, 3);
    await poll(here, 3, { channel: other });
    expect([mentions(here).length, mentions(here, other).length]).toEqual([1, 0]);
    expect(here.slack.messages(other).some(({ threadTs }) => threadTs !== undefined)).toBe(true);
  });

  it('are mentioned again only after the cluster was ready', async () => {
    const here = await staged();
    shows(here, cluster, finding('web'));
    await poll(here, 2);
    here.show(cluster, unreadable);
    await poll(here, 5);
    shows(here, cluster, finding('web'));
    await poll(here, 5);
    expect(mentions(here)).toHaveLength(1);
    shows(here, cluster);
    await poll(here, 6);
    expect(await incidentOf(here)).toBeUndefined();
    shows(here, cluster, finding('web'));
    await poll(here, 6);
    expect(mentions(here)).toHaveLength(2);
  });

  it('are not mentioned for a cluster that was not ready before', async () => {
    const here = await stageOf(optionsOf());
    shows(here, cluster, finding('web'));
    await subscribe(here);
    await poll(here, 4);
    expect(mentions(here)).toEqual([]);
    expect(await incidentOf(here)).toMatchObject({ cluster, mention: null });
  });

  it('are mentioned once where the answer of Slack was lost', async () => {
    const here = await staged();
    shows(here, cluster, finding('web'));
    await poll(here);
    here.slack.faults.next('chat.postMessage', { kind: 'status', status: 503 }, 4);
    await poll(here);
    here.slack.faults.clear();
    await poll(here, 3);
    expect(mentions(here)).toHaveLength(1);
  });

  it('are not mentioned while somebody is on it, and are once nobody is any more', async () => {
    const owned = ownedBy({ hours: hours('mon-fri 08:00-18:00') });
    setTime('2026-11-21T12:00:00Z');
    const here = await staged(owned);
    shows(here, cluster, finding('web'));
    await poll(here, 3);
    const incident = await incidentOf(here);
    if (incident === undefined) throw new Error('no incident');
    await here.tools.incidents.take(incident, owner, Date.now());
    setTime('2026-11-23T09:00:00Z');
    await poll(here, 2);
    expect(mentions(here)).toEqual([]);
    await here.tools.incidents.release(incident, Date.now());
    await poll(here, 2);
    expect(mentions(here)).toHaveLength(1);
  });

  it('are mentioned when their hours begin, if the cluster is not ready then', async () => {
    const owned = ownedBy({ hours: hours('mon-fri 08:00-18:00'), zone: 'Europe/Berlin' });
    setTime('2026-11-22T20:00:00Z');
    const here = await staged(owned);
    shows(here, cluster, finding('web'));
    await poll(here, 3);
    setTime('2026-11-23T06:59:00Z');
    await poll(here);
    expect(mentions(here)).toEqual([]);
    setTime('2026-11-23T07:00:00Z');
    await poll(here, 3);
    expect(mentions(here)).toHaveLength(1);
  });

  it.each([
    ['error', 0],
    ['warning', 1],
  ] as const)('with severity %s are mentioned %d times for warnings', async (severity, times) => {
    const here = await staged(ownedBy({ severity }));
    shows(here, cluster, finding('web', 'warning'));
    await poll(here, 3);
    expect(mentions(here)).toHaveLength(times);
  });

  it('are mentioned for each cluster of a pattern that turns', async () => {
    const here = await stageOf(optionsOf());
    const pattern = { cluster: 'prod-*' };
    shows(here, cluster);
    shows(here, 'prod-west');
    await subscribe(here, pattern);
    await poll(here, 2, pattern);
    shows(here, 'prod-west', finding('web'));
    await poll(here, 2, pattern);
    expect(mentions(here)).toHaveLength(1);
    shows(here, cluster, finding('web'));
    await poll(here, 2, pattern);
    expect(mentions(here)).toHaveLength(2);
  });

  it('are mentioned by another channel if the first takes no messages', async () => {
    const here = await staged();
    await subscribe(here, { channel: other });
    shows(here, cluster);
    await poll(here, 1, { channel: other });
    shows(here, cluster, finding('web'));
    await poll(here);
    here.slack.faults.next('chat.postMessage', { kind: 'error', error: 'not_in_channel' }, 2);
    await poll(here);
    here.slack.faults.clear();
    expect(mentions(here)).toEqual([]);
    await poll(here, 3, { channel: other });
    expect(mentions(here, other)).toHaveLength(1);
  });

  it('are mentioned by a digest that sees the turn first, and by no subscription then', async () => {
    const here = await staged();
    const digest = await here.add({ clusters: [cluster], owner });
    await run(here, digest.id);
    shows(here, cluster, finding('web'));
    await run(here, digest.id);
    await run(here, digest.id);
    await poll(here, 3);
    expect(mentions(here)).toHaveLength(1);
    shows(here, cluster);
    await run(here, digest.id);
    shows(here, cluster, finding('web'));
    await run(here, digest.id);
    expect(mentions(here)).toHaveLength(2);
  });

  it('are mentioned by the first digest of their hours', async () => {
    setTime('2026-11-22T20:00:00Z');
    const here = await stageOf(optionsOf(ownedBy({ hours: hours('mon-fri 08:00-18:00') })));
    const digest = await here.add({ clusters: [cluster], owner, onlyChanges: true });
    await run(here, digest.id);
    shows(here, cluster, finding('web'));
    setTime('2026-11-22T21:00:00Z');
    await run(here, digest.id);
    expect(mentions(here)).toEqual([]);
    setTime('2026-11-23T08:00:00Z');
    await run(here, digest.id);
    setTime('2026-11-23T09:00:00Z');
    await run(here, digest.id);
    expect(mentions(here)).toHaveLength(1);
  });

  it('are mentioned by no name of a cluster or a service', async () => {
    const here = await stageOf({ ...optionsOf(), owners: new Map() });
    shows(here, cluster);
    await subscribe(here);
    await poll(here);
    shows(here, cluster, { ...finding('web'), message: `<!subteam^${group}> <!channel>` });
    await poll(here, 3);
    expect(mentions(here)).toEqual([]);
  });

  it('are mentioned although somebody without the key wrote that they were', async () => {
    const here = await staged();
    shows(here, cluster, finding('web'));
    const forged = {
      cluster,
      sinceMs: Date.now(),
      observedMs: Date.now(),
      scope: { check: null, peer: null, otherSides: [] },
      mention: { message: 'x', atMs: 1 },
      isDue: false,
      taken: { by: owner, atMs: 1 },
      version: 1,
    };
    await here.redis.hset(keys.incidents, cluster, JSON.stringify(forged));
    await poll(here, 3);
    expect(mentions(here)).toHaveLength(1);
  });

  it.each([
    ['https', true],
    ['http', false],
  ])('have links of %s on the card: %s', async (scheme, expected) => {
    const here = await staged({
      ...ownedBy(),
      ui: `${scheme}://consul.example/ui`,
      runbook: `${scheme}://wiki.example`,
    });
    const card = JSON.stringify(here.slack.messages(platform)[0]?.blocks);
    expect([card.includes('consul.example/ui'), card.includes('wiki.example|')]).toEqual([
      expected,
      expected,
    ]);
  });

  it('are shown who is on it, until the incident is over', async () => {
    const here = await staged();
    shows(here, cluster, finding('web'));
    await poll(here, 2);
    const incident = await incidentOf(here);
    if (incident === undefined) throw new Error('no incident');
    await here.tools.incidents.take(incident, people.lead.id, Date.now());
    await poll(here);
    const card = () =>
      JSON.stringify(here.slack.messages(platform).find(({ threadTs }) => !threadTs)?.blocks);
    expect(card()).toContain(`<@${people.lead.id}>`);
    shows(here, cluster);
    await poll(here, 2);
    expect(card()).not.toContain(`<@${people.lead.id}>`);
  });
});

const hours = (text: string) => {
  const parsed = parseWeekHours(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return [parsed.value];
};

import { randomUUID } from 'node:crypto';
import type { JobRun, JobOutcome } from '../../../src/queue/define';
import { pollSubscription } from '../../../src/features/subscriptions/poll-subscription';
import type { ClusterReport } from '../../../src/clusters/run-check';
import { applyMutes } from '../../../src/report/mutes';
import type { ClusterConfig } from '../../../src/config/config';
import { matchesGlob } from '../../../src/config/match-glob';
import type { Finding } from '../../../src/report/report';
import { channels, people } from '../../../sandbox/workspace/people';
import { removeMessage } from '../../../sandbox/workspace/posting';
import type { Subscription } from '../../../src/features/subscriptions/subscriptions.store';
import { describeWith } from '../../lab/binaries';
import { ownedBy } from '../../slack/support';
import { finding, reportOf, result } from '../digests/reports';
import { type Stage, type StageOptions, useStage } from '../digests/stage';

const owner = people.requester.id;
const cluster = 'prod-east';
const channel = channels.platform;
const key = { cluster, channel };
const granted: StageOptions = {
  access: { restrict: false, grants: [{ allow: ['subscribe'], users: [owner] }] },
};

const shows = (here: Stage, ...findings: readonly Finding[]): void =>
  here.show(cluster, reportOf(cluster, [result('mesh-enabled', findings)]));
const unreadable: ClusterReport = {
  ok: false,
  error: { cause: 'unreachable', message: 'no route', temporary: true },
};

const subscribe = async (here: Stage, over: Partial<Subscription> = {}): Promise<Subscription> => {
  const filters = {
    severity: 'warning',
    check: null,
    peer: null,
    everyMs: 300_000,
    broadcast: true,
  } as const;
  const definition = { ...key, team: here.slack.teamId, owner, ...filters, ...over };
  return (await here.tools.subscriptions.put(definition, Date.now())).stored;
};

/** When polls were planned: each later than the one before. */
let planned = 0;
const poll = (here: Stage, over: Partial<JobRun> = {}, when = (planned += 1)): Promise<JobOutcome> =>
  here.run(pollSubscription, { ...key, planned: when }, { id: randomUUID(), ...over });
const polls = async (here: Stage, count: number): Promise<void> => {
  for (let at = 0; at < count; at += 1) await poll(here);
};

const cards = (here: Stage) =>
  here.slack.messages(channel).filter(({ fromBot, threadTs }) => fromBot && !threadTs);
const replies = (here: Stage) => here.slack.thread(cards(here)[0]?.ts ?? '');
const broadcasts = (here: Stage) =>
  here.slack.messages(channel).filter(({ threadTs }) => threadTs !== undefined);
const words = (message: { readonly blocks: unknown } | undefined): string => JSON.stringify(message?.blocks);
const toOwner = (here: Stage) =>
  [...here.slack.state.channels.values()]
    .filter(({ kind, members }) => kind === 'im' && members.has(owner))
    .flatMap(({ id }) => here.slack.messages(id));

describeWith(['redis'], 'a subscription', () => {
  const stageOf = useStage();
  const stage = () => stageOf(granted);

  it('has one card, which is edited, and nothing below while nothing changes', async () => {
    const here = await stage();
    shows(here, finding('web'));
    await subscribe(here);
    await polls(here, 4);
    expect(cards(here)).toHaveLength(1);
    expect(words(cards(here)[0])).toContain('mesh-enabled');
    expect(replies(here)).toEqual([]);
  });

  it('tells of a change that holds, to the channel once each way, and the card tells the story', async () => {
    const here = await stage();
    shows(here);
    await subscribe(here);
    await polls(here, 2);
    shows(here, finding('web'));
    await polls(here, 3);
    expect([replies(here).length, broadcasts(here).length]).toEqual([1, 1]);
    shows(here);
    await polls(here, 3);
    expect([replies(here).length, broadcasts(here).length]).toEqual([2, 2]);
    const text = words(cards(here)[0]);
    expect([text.includes('1 new'), text.includes('1 resolved')]).toEqual([true, true]);
  });

  it('tells the thread, not the channel, of what leaves the verdict as it is', async () => {
    const here = await stage();
    shows(here, finding('web'));
    await subscribe(here);
    await poll(here);
    shows(here, finding('web'), finding('api'));
    await polls(here, 2);
    expect([replies(here).length, broadcasts(here).length]).toEqual([1, 0]);
  });

  it('tells the thread only where broadcasts are off', async () => {
    const here = await stage();
    shows(here);
    await subscribe(here, { broadcast: false });
    await polls(here, 2);
    shows(here, finding('web'));
    await polls(here, 3);
    expect([replies(here).length, broadcasts(here).length]).toEqual([1, 0]);
  });

  it('gives no broadcast of a flap, calls it flapping once, and is still again', async () => {
    const here = await stage();
    shows(here);
    await subscribe(here);
    await poll(here);
    for (let round = 0; round < 4; round += 1) {
      shows(here, finding('web'));
      await poll(here);
      shows(here);
      await poll(here);
    }
    expect([replies(here).length, broadcasts(here).length]).toEqual([1, 0]);
    expect(words(replies(here)[0])).toContain('flapping');
    await polls(here, 6);
    expect([replies(here).length, broadcasts(here).length]).toEqual([2, 0]);
  });

  it('does not call hidden findings resolved', async () => {
    const here = await stage();
    shows(here, finding('web'));
    await subscribe(here);
    await poll(here);
    here.show(cluster, unreadable);
    await polls(here, 3);
    const [told, ...more] = replies(here);
    expect([more.length, words(told).includes('resolved')]).toEqual([0, false]);
    expect(words(cards(here)[0])).toContain('no route');
    expect(words(cards(here)[0])).toContain('mesh-enabled');
  });

  it('hears only of what it was narrowed to', async () => {
    const here = await stage();
    shows(here);
    await subscribe(here, { severity: 'error' });
    await poll(here);
    shows(here, finding('web', 'warning'));
    await polls(here, 2);
    expect(replies(here)).toEqual([]);
    shows(here, finding('web'));
    await polls(here, 2);
    expect(broadcasts(here)).toHaveLength(1);
  });

  it('tells that something was muted, and calls it not resolved', async () => {
    const here = await stage();
    shows(here, finding('web'));
    await subscribe(here);
    await poll(here);
    const mute = {
      check: '*',
      subject: null,
      by: owner,
      reason: 'x',
      createdMs: 0,
      untilMs: Date.now() + 60_000,
    };
    const report = reportOf(cluster, [result('mesh-enabled', [finding('web')])]);
    here.show(cluster, applyMutes(report, [mute], Date.now(), matchesGlob));
    await polls(here, 2);
    expect(words(replies(here)[0])).toContain('muted');
    expect(words(replies(here)[0])).not.toContain('resolved');
  });

  it('uses a run that somebody has just made, once, and keeps one run while nothing changes', async () => {
    const here = await stage();
    shows(here);
    await subscribe(here);
    const others = reportOf(cluster, [result('mesh-enabled')], new Date(Date.now()).toISOString());
    await here.tools.reports.save('theirs', { ...others, otherSides: [] });
    await poll(here);
    expect(here.checks).toEqual([]);
    await polls(here, 3);
    expect(here.checks).toHaveLength(3);
    const runs = (await here.tools.reports.history([cluster], 10)).get(cluster) ?? [];
    expect(runs).toHaveLength(2);
  });

  it('replaces its filters, keeps its card, and compares nothing with what others saw', async () => {
    const here = await stage();
    shows(here, finding('web'));
    await subscribe(here);
    await poll(here);
    await subscribe(here, { check: 'peering-*' });
    await polls(here, 3);
    expect([cards(here).length, replies(here).length]).toEqual([1, 0]);
    expect(words(cards(here)[0])).toContain('peering-*');
  });

  it('posts its card again if somebody deleted it', async () => {
    const here = await stage();
    shows(here);
    await subscribe(here);
    await poll(here);
    removeMessage(here.slack.state, channel, cards(here)[0]?.ts ?? '');
    shows(here, finding('web'));
    await polls(here, 2);
    expect([cards(here).length, replies(here).length]).toEqual([1, 1]);
  });

  it('posts once where two processes poll at once, and where the answer of Slack was lost', async () => {
    const here = await stage();
    shows(here);
    await subscribe(here);
    await Promise.all([poll(here, {}, 101), poll(here, {}, 101), poll(here, {}, 102)]);
    planned = 200;
    await poll(here);
    expect(cards(here)).toHaveLength(1);
    shows(here, finding('web'));
    await poll(here);
    here.slack.faults.next('chat.postMessage', { kind: 'drop-reply' });
    const [at, repeated] = [(planned += 1), (planned += 1)];
    await Promise.all([1, 2, 3].map(() => poll(here, {}, at)));
    await poll(here, {}, repeated);
    expect([replies(here).length, broadcasts(here).length]).toEqual([1, 1]);
  });

  it('does not count a poll twice that is tried again', async () => {
    const here = await stage();
    shows(here);
    await subscribe(here);
    await poll(here);
    shows(here, finding('web'));
    const repeated = (planned += 1);
    await poll(here, {}, repeated);
    await poll(here, {}, repeated);
    expect(replies(here)).toEqual([]);
    await poll(here);
    expect(replies(here)).toHaveLength(1);
  });

  it('tells what it could not tell before', async () => {
    const here = await stage();
    shows(here);
    await subscribe(here);
    await poll(here);
    shows(here, finding('web'));
    await poll(here);
    here.slack.faults.next('chat.postMessage', { kind: 'status', status: 503 }, 4);
    expect((await poll(here)).kind).toBe('delay');
    here.slack.faults.clear();
    await poll(here);
    expect(replies(here)).toHaveLength(1);
  });

  it('is stopped if its owner no longer has access, and tells the owner in private', async () => {
    const here = await stage();
    shows(here);
    await subscribe(here, { owner: people.approver.id });
    expect(await poll(here)).toEqual({ kind: 'done', as: 'no-owner' });
    expect(here.checks).toEqual([]);
    expect((await here.tools.subscriptions.find(key))?.paused?.why).toBe('owner');
    expect(cards(here)).toEqual([]);
    expect(here.audited.map(({ action }) => action)).toEqual(['subscription-stop']);
    expect(await poll(here)).toEqual({ kind: 'done', as: 'no-owner' });
    expect(here.audited).toHaveLength(1);
  });

  it('tells of that once, however late Slack takes it', async () => {
    const here = await stage();
    await subscribe(here);
    const config = { ...here.tools.config, clusters: new Map() };
    const repeated = () =>
      here.run(pollSubscription, { ...key, planned: (planned += 1) }, {}, { ...here.tools, config });
    here.slack.faults.next('chat.postMessage', { kind: 'status', status: 503 }, 2);
    expect((await repeated()).kind).toBe('delay');
    expect(toOwner(here)).toHaveLength(0);
    await repeated();
    await repeated();
    expect(toOwner(here)).toHaveLength(1);
  });

  it('is stopped where the cluster is no longer configured', async () => {
    const here = await stage();
    await subscribe(here);
    await poll(here);
    const config = { ...here.tools.config, clusters: new Map() };
    const outcome = await here.run(
      pollSubscription,
      { ...key, planned: (planned += 1) },
      {},
      { ...here.tools, config },
    );
    expect(outcome).toEqual({ kind: 'done', as: 'no-cluster' });
    expect(toOwner(here)).toHaveLength(1);
    expect(words(cards(here)[0])).toContain('no longer');
  });

  it('is stopped at once where the channel never took its card', async () => {
    const here = await stage();
    here.slack.state.channels.get(channel)?.members.delete(people.bot.id);
    await subscribe(here);
    expect(await poll(here)).toEqual({ kind: 'done', as: 'no-channel' });
    expect(toOwner(here)).toHaveLength(1);
  });

  it('is stopped after the channel refused three times, and goes on when somebody subscribes again', async () => {
    const here = await stage();
    shows(here);
    await subscribe(here);
    await poll(here);
    const members = here.slack.state.channels.get(channel)?.members;
    members?.delete(people.bot.id);
    here.slack.faults.next('chat.update', { kind: 'error', error: 'not_in_channel' }, 3);
    shows(here, finding('web'));
    const outcomes = [await poll(here), await poll(here), await poll(here)];
    expect(outcomes.map((one) => one.kind === 'done' && one.as)).toEqual([
      'refused',
      'refused',
      'no-channel',
    ]);
    expect(toOwner(here)).toHaveLength(1);
    members?.add(people.bot.id);
    here.slack.faults.clear();
    await subscribe(here);
    await polls(here, 2);
    expect([cards(here).length, broadcasts(here).length]).toEqual([1, 1]);
  });

  it('leaves its card as a record where somebody unsubscribed, and starts again after that', async () => {
    const here = await stage();
    shows(here);
    await subscribe(here);
    await poll(here);
    await here.tools.subscriptions.remove(key);
    expect(await poll(here)).toEqual({ kind: 'done', as: 'ended' });
    expect(words(cards(here)[0])).toContain('has ended');
    await subscribe(here);
    await poll(here);
    expect(cards(here)).toHaveLength(2);
  });
});

describeWith(['redis'], 'a subscription to a pattern', () => {
  const stageOf = useStage();
  const pattern = { cluster: 'prod-*', channel };
  const pollAll = (here: Stage): Promise<JobOutcome> =>
    here.run(pollSubscription, { ...pattern, planned: (planned += 1) }, { id: randomUUID() });
  const broken = (here: Stage, name: string, ...findings: readonly Finding[]): void =>
    here.show(name, reportOf(name, [result('mesh-enabled', findings)]));
  const staged = async (options: StageOptions = granted): Promise<Stage> => {
    const here = await stageOf(options);
    for (const name of ['prod-east', 'prod-west', 'staging']) broken(here, name);
    await subscribe(here, pattern);
    return here;
  };

  it('has one card for all clusters that match, and tells which of them changed', async () => {
    const here = await staged();
    await pollAll(here);
    broken(here, 'prod-west', finding('web'));
    broken(here, 'staging', finding('web'));
    await pollAll(here);
    await pollAll(here);
    expect(cards(here)).toHaveLength(1);
    expect([replies(here).length, broadcasts(here).length]).toEqual([1, 1]);
    const told = words(replies(here)[0]);
    expect([told.includes('prod-west'), told.includes('prod-east'), told.includes('staging')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('covers a cluster that is configured later', async () => {
    const here = await staged();
    await pollAll(here);
    const east = here.tools.config.clusters.get('prod-east');
    if (east === undefined) throw new Error('no cluster');
    (here.tools.config.clusters as Map<string, typeof east>).set('prod-new', { ...east, name: 'prod-new' });
    broken(here, 'prod-new', finding('web'));
    await pollAll(here);
    await pollAll(here);
    expect(words(cards(here)[0])).toContain('prod-new');
    expect(replies(here)).toHaveLength(1);
  });

  it('says which cluster cannot be read, and resolves nothing of it', async () => {
    const here = await staged();
    broken(here, 'prod-west', finding('web'));
    await pollAll(here);
    here.show('prod-west', unreadable);
    await pollAll(here);
    await pollAll(here);
    const card = words(cards(here)[0]);
    expect([card.includes('could not be read'), card.includes('mesh-enabled')]).toEqual([true, true]);
    expect(replies(here).map(words).join('')).not.toContain('resolved');
  });

  const only = (clusters: readonly string[]): StageOptions => ({
    access: { restrict: true, grants: [{ allow: ['subscribe'], users: [owner], clusters }] },
  });

  it('shows only clusters that its owner may see', async () => {
    const here = await staged(only(['prod-east']));
    broken(here, 'prod-west', finding('web'));
    await pollAll(here);
    expect(words(cards(here)[0])).not.toContain('prod-west');
  });

  it.each([
    ['stops where its owner may see no cluster', 'other', 'owner'],
    ['waits where its owner may see others', 'staging', undefined],
  ])('%s', async (_, visible, why) => {
    const here = await staged(only([visible]));
    await pollAll(here);
    expect(here.checks).toEqual([]);
    expect((await here.tools.subscriptions.find(pattern))?.paused?.why).toBe(why);
  });

  it.each(['some', 'all'])(
    'waits where %s clusters are not configured, and goes on when they are',
    async (which) => {
      const here = await staged();
      await pollAll(here);
      const clusters = here.tools.config.clusters as Map<string, ClusterConfig>;
      const all = [...clusters];
      for (const [name] of all) if (which === 'all' || name !== 'staging') clusters.delete(name);
      await pollAll(here);
      await pollAll(here);
      expect((await here.tools.subscriptions.find(pattern))?.paused).toBeNull();
      expect(cards(here)).toHaveLength(1);
      expect(replies(here)).toEqual([]);
      for (const [name, cluster] of all) clusters.set(name, cluster);
      broken(here, 'prod-west', finding('web'));
      await pollAll(here);
      await pollAll(here);
      expect(cards(here)).toHaveLength(1);
      expect(words(cards(here)[0])).toContain('prod-west');
      expect(replies(here)).toHaveLength(1);
    },
  );

  it('stays stopped where an earlier version stopped it, until somebody subscribes again', async () => {
    const here = await staged();
    const stored = await here.tools.subscriptions.find(pattern);
    if (stored) await here.tools.subscriptions.pause(stored, 'cluster', Date.now());
    expect(await pollAll(here)).toEqual({ kind: 'done', as: 'no-cluster' });
    expect([here.checks, toOwner(here).length]).toEqual([[], 1]);
    await subscribe(here, pattern);
    expect(await pollAll(here)).toEqual({ kind: 'done', as: 'told' });
    expect(cards(here)).toHaveLength(1);
  });

  it('starts again, and names nothing of the past, once its owner may see less', async () => {
    const grant = { allow: ['subscribe'], users: [owner], clusters: ['*'] };
    const here = await staged({ access: { restrict: false, grants: [grant] } });
    broken(here, 'prod-west', finding('web'));
    await pollAll(here);
    grant.clusters = ['prod-east'];
    await pollAll(here);
    await pollAll(here);
    expect(words(cards(here)[0])).not.toContain('prod-west');
    expect(replies(here)).toEqual([]);
  });
});

describeWith(['redis'], 'a subscription to an owner', () => {
  const stageOf = useStage();
  const word = { cluster: 'label:team=payments', channel };
  const pollAll = (here: Stage): Promise<JobOutcome> =>
    here.run(pollSubscription, { ...word, planned: (planned += 1) }, { id: randomUUID() });
  const team = { name: 'payments', labels: { team: 'payments' } };
  const staged = async (clusters: readonly string[], owned: readonly string[]) => {
    const owners = new Map(ownedBy(Object.fromEntries(owned.map((name) => [name, team]))));
    const grants = [{ allow: ['subscribe'], users: [owner], clusters }];
    const here = await stageOf({ access: { restrict: true, grants }, owners });
    for (const name of ['prod-east', 'prod-west', 'staging'])
      here.show(name, reportOf(name, [result('mesh-enabled', [])]));
    await subscribe(here, word);
    const label = (name: string): void => {
      owners.set(name, ownedBy({ [name]: team }).get(name)!);
    };
    const unlabel = (name: string): void => {
      owners.delete(name);
    };
    const why = async () => (await here.tools.subscriptions.find(word))?.paused?.why;
    return { here, owners, label, unlabel, why };
  };

  it('covers a cluster that gets the label later, and none that its owner may not see', async () => {
    const { here, label } = await staged(['prod-*'], ['prod-east', 'staging']);
    await pollAll(here);
    expect(here.checks).toEqual(['prod-east']);
    label('prod-west');
    here.checks.splice(0);
    await pollAll(here);
    expect(here.checks.toSorted()).toEqual(['prod-east', 'prod-west']);
    expect(words(cards(here)[0])).not.toContain('staging');
  });

  it('waits, with the same card whether a hidden cluster has the label or none', async () => {
    const { here, unlabel, why } = await staged(['prod-*'], ['staging']);
    await pollAll(here);
    // The hash of all that the card shows, without times.
    const shown = async () => (await here.tools.watches.read(word)).watch?.card.shown;
    const hidden = await shown();
    unlabel('staging');
    await pollAll(here);
    expect([await why(), here.checks, cards(here).length]).toEqual([undefined, [], 1]);
    expect(hidden).toEqual(expect.any(String));
    expect(await shown()).toBe(hidden);
  });

  it('waits where the label moves away, calls nothing resolved, and goes on when it comes back', async () => {
    const { here, label, unlabel } = await staged(['prod-*'], ['prod-east']);
    const look = (...findings: readonly Finding[]): void =>
      here.show('prod-east', reportOf('prod-east', [result('mesh-enabled', findings)]));
    look(finding('web'));
    await pollAll(here);
    unlabel('prod-east');
    here.checks.splice(0);
    for (let at = 0; at < 3; at += 1) await pollAll(here);
    expect([here.checks, replies(here), broadcasts(here)]).toEqual([[], [], []]);
    expect(words(cards(here)[0])).not.toContain('mesh-enabled');
    label('prod-east');
    look();
    for (let at = 0; at < 2; at += 1) await pollAll(here);
    expect([replies(here).length, broadcasts(here).length]).toEqual([1, 1]);
    expect(cards(here)).toHaveLength(1);
  });

  it.each([[['prod-east']], [[]]])('stops for want of access where %j has the label', async (owned) => {
    const { here, why } = await staged(['none-*'], owned);
    await pollAll(here);
    expect(await why()).toBe('owner');
  });
});

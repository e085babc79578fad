import { ownedBy } from '../../slack/support';
import { manageDigest } from '../../../src/features/digests/manage-digest';
import { dropDoubles } from '../../../src/slack/drop-doubles';
import { runDigest } from '../../../src/features/digests/run-digest';
import type { DigestRow } from '../../../src/report/digest-row';
import { blockText, validateBlocks } from '../../../sandbox/workspace/blocks/validate';
import { addMessage } from '../../../sandbox/workspace/posting';
import { channels, people } from '../../../sandbox/workspace/people';
import type { Definition } from '../../../src/features/digests/definitions.store';
import { describeWith } from '../../lab/binaries';
import { finding, reportOf, result } from './reports';
import { at, type Stage, useStage } from './stage';

describeWith(['redis'], 'a run of a digest', () => {
  const stage = useStage();
  const due = (digest: Definition, planned: number, { run }: Stage, over = {}) =>
    run(
      runDigest,
      { digest: digest.id, planned, requestedBy: null },
      { id: `d-${digest.id}-${planned}`, ...over },
    );
  const posts = ({ slack }: Stage, channel: string = channels.platform) => slack.messages(channel);
  const direct = ({ slack }: Stage, user: string) =>
    [...slack.state.channels.values()]
      .filter(({ kind, members }) => kind === 'im' && members.has(user))
      .flatMap(({ id }) => slack.messages(id));
  const rowsOf = async ({ tools }: Stage, digest: Definition): Promise<Map<string, DigestRow>> => {
    const { run = '' } = await tools.digestRuns.state(digest.id);
    return new Map(await tools.digestRuns.rows(run));
  };
  const mute = ({ tools }: Stage, until: string) =>
    tools.mutes.add('lab', {
      check: 'mesh-gateway-mode',
      subject: null,
      by: 'U1',
      reason: 'known',
      createdMs: Date.now(),
      untilMs: Date.parse(until),
    });
  const words = (message: unknown): string => JSON.stringify(message);

  it('checks each cluster once, and posts one message with its findings in the thread', async () => {
    const here = await stage();
    at('2026-11-20T08:00:05Z');
    here.show(
      'prod-west',
      reportOf('prod-west', [result('mesh-gateway-mode', [finding('web'), finding('api')])]),
    );
    const digest = await here.add();
    expect(await due(digest, Date.parse('2026-11-20T08:00:00Z'), here)).toEqual({ kind: 'done', as: 'told' });
    expect([...here.checks].sort()).toEqual(['prod-east', 'prod-west', 'staging']);
    const [post, ...others] = posts(here);
    expect(others).toEqual([]);
    const table = post?.blocks.find(({ type }) => type === 'data_table') as { rows: { text: string }[][] };
    expect(table.rows.map(([cluster]) => cluster?.text)).toEqual([
      'cluster',
      'prod-west',
      'prod-east',
      'staging',
    ]);
    const thread = here.slack.thread(post?.ts ?? '');
    expect(thread).toHaveLength(1);
    expect(words(thread)).toContain('mesh-gateway-mode');
    // The stored run is what the button shows.
    const [run] = (await here.tools.reports.history(['prod-west'], 5)).get('prod-west') ?? [];
    expect(words(thread)).toContain(run?.run);
  });

  it('tells what is new, resolved and still open, with its age, since the one before', async () => {
    const here = await stage();
    const digest = await here.add();
    at('2026-11-20T08:00:05Z');
    here.show('prod-west', reportOf('prod-west', [result('a', [finding('old'), finding('fixed')])]));
    await due(digest, Date.parse('2026-11-20T08:00:00Z'), here);
    at('2026-11-21T08:00:05Z');
    here.show('prod-west', reportOf('prod-west', [result('a', [finding('old'), finding('new')])]));
    await due(digest, Date.parse('2026-11-21T08:00:00Z'), here);
    expect((await rowsOf(here, digest)).get('prod-west')).toMatchObject({
      isFirst: false,
      added: 1,
      resolved: 1,
      open: 2,
      addedIssues: [{ check: 'a', subject: { name: 'new' } }],
      resolvedIssues: [{ check: 'a', subject: { name: 'fixed' } }],
      oldest: { subject: { name: 'old' }, since: '2026-11-20T08:00:05.000Z' },
      trend: [2, 2],
    });
    // The run before is not kept for ever.
    const kept = await here.redis.keys('peering:digest-sights:*');
    const ttls = await Promise.all(kept.map((key) => here.redis.pttl(key)));
    expect(ttls.filter((ttl) => ttl > 3_600_000)).toHaveLength(1);
    expect(await here.redis.keys('peering:digest-rows:*')).toHaveLength(1);
  });

  it('takes what it can no longer see neither for resolved nor for new when it is back', async () => {
    const here = await stage({ clusters: ['lab'] });
    const digest = await here.add();
    const days = ['20', '21', '22', '23'].map((day) => `2026-11-${day}T08:00:05Z`);
    const seen = [
      reportOf('lab', [result('a', [finding('x')]), result('b', [finding('y')])]),
      reportOf('lab', [result('a', 'unknown'), result('b', [finding('y')])]),
      { ok: false, error: { cause: 'unreachable', message: 'connection refused', temporary: true } } as const,
      reportOf('lab', [result('a', [finding('x')]), result('b', [])]),
    ];
    const told = [];
    for (const [index, day] of days.entries()) {
      here.show('lab', seen[index] ?? reportOf('lab'));
      const planned = at(day) - 5000;
      await due(digest, planned, here);
      const row = (await rowsOf(here, digest)).get('lab');
      told.push([row?.verdict, row?.added, row?.resolved, row?.open, row?.hidden, row?.newlyHidden]);
    }
    expect(told).toEqual([
      ['not-ready', 0, 0, 2, 0, 0],
      ['not-ready', 0, 0, 1, 1, 1],
      [null, 0, 0, 0, 2, 1],
      ['not-ready', 0, 1, 1, 0, 0],
    ]);
    expect((await rowsOf(here, digest)).get('lab')?.oldest?.since).toBe('2026-11-20T08:00:05.000Z');
  });

  it('does not count what is muted, nor call it resolved', async () => {
    const here = await stage({ clusters: ['lab'] });
    const digest = await here.add();
    here.show('lab', reportOf('lab', [result('a', [finding('x')])]));
    at('2026-11-20T08:00:05Z');
    await due(digest, Date.parse('2026-11-20T08:00:00Z'), here);
    const muted = { by: 'U1', until: '2027-01-01T00:00:00Z', reason: 'known' };
    here.show('lab', reportOf('lab', [result('a', [{ ...finding('x'), muted }])]));
    at('2026-11-21T08:00:05Z');
    await due(digest, Date.parse('2026-11-21T08:00:00Z'), here);
    expect((await rowsOf(here, digest)).get('lab')).toMatchObject({
      verdict: 'ready',
      resolved: 0,
      open: 0,
      muted: 1,
    });
  });

  it('tells of a mute that ends before the next digest, once', async () => {
    const here = await stage({ clusters: ['lab'] });
    const digest = await here.add({ onlyChanges: true });
    at('2026-11-20T08:00:05Z');
    await due(digest, Date.parse('2026-11-20T08:00:00Z'), here);
    await mute(here, '2026-11-22T07:00:00Z');
    at('2026-11-21T08:00:05Z');
    await due(digest, Date.parse('2026-11-21T08:00:00Z'), here);
    at('2026-11-22T08:00:05Z');
    await due(digest, Date.parse('2026-11-22T08:00:00Z'), here);
    expect(posts(here)).toHaveLength(2);
    expect(words(posts(here)[1])).toContain('mesh-gateway-mode');
  });

  it('tells of a mute that ended while runs were left out', async () => {
    const here = await stage({ clusters: ['lab'] });
    const digest = await here.add();
    at('2026-11-20T08:00:05Z');
    await due(digest, Date.parse('2026-11-20T08:00:00Z'), here);
    await mute(here, '2026-11-21T12:00:00Z');
    at('2026-11-22T08:00:05Z');
    await due(digest, Date.parse('2026-11-22T08:00:00Z'), here);
    expect(words(posts(here)[1])).toContain('mesh-gateway-mode');
  });

  it('is silent where nothing changed and only changes are wanted, and says so once a week', async () => {
    const here = await stage();
    const digest = await here.add({ onlyChanges: true });
    const outcomes = [];
    for (const day of [1, 2, 7, 8, 9, 15]) {
      const planned = Date.UTC(2026, 10, day, 8);
      at(new Date(planned + 5000).toISOString());
      outcomes.push(await due(digest, planned, here));
    }
    expect(outcomes.map((outcome) => outcome.kind === 'done' && outcome.as)).toEqual([
      'told',
      'nothing-new',
      'nothing-new',
      'told',
      'nothing-new',
      'told',
    ]);
    here.show('staging', reportOf('staging', [result('a', [finding('x', 'warning')])]));
    const planned = at('2026-11-17T08:00:05Z') - 5000;
    expect(await due(digest, planned, here)).toEqual({ kind: 'done', as: 'told' });
    expect(posts(here)).toHaveLength(4);
  });

  it('leaves out what is more than an hour late, says so the next time, and says how late it is', async () => {
    const here = await stage({ clusters: ['lab'] });
    at('2026-11-19T20:00:00Z');
    const digest = await here.add();
    const first = Date.parse('2026-11-20T08:00:00Z');
    at('2026-11-20T09:00:01Z');
    expect(await due(digest, first, here)).toEqual({ kind: 'done', as: 'left-out' });
    expect(here.checks).toEqual([]);
    at('2026-11-21T08:40:00Z');
    await due(digest, Date.parse('2026-11-21T08:00:00Z'), here);
    expect(words(posts(here))).toMatch(/1 run before this was left out.*|late by 40 minutes/);
    expect(words(posts(here))).toContain('late by 40 minutes');
    // The message carries the time that was planned.
    expect(words(posts(here))).toContain(`<!date^${Date.parse('2026-11-21T08:00:00Z') / 1000}^`);
    at('2026-11-22T08:00:01Z');
    await due(digest, Date.parse('2026-11-22T08:00:00Z'), here);
    expect(words(posts(here)[1])).not.toMatch(/left out|late by/);
  });

  it('goes on where an earlier attempt was stopped, and checks nothing twice', async () => {
    const here = await stage({ clusters: Array.from({ length: 12 }, (_, n) => `c${n}`) });
    const digest = await here.add();
    const planned = at('2026-11-20T08:00:05Z') - 5000;
    const stop = new AbortController();
    const { check } = here.tools;
    const stopping = {
      ...here.tools,
      check: (...given: Parameters<typeof check>) => {
        if (here.checks.length === 6) stop.abort('shutdown');
        return check(...given);
      },
    };
    const payload = { digest: digest.id, planned, requestedBy: null };
    const run = {
      id: 'd-1',
      since: planned,
      attempt: 1,
      attempts: 5,
      log: { warn: () => undefined, error: () => undefined, info: () => undefined } as never,
    };
    expect(await runDigest.handle({ ...stopping, ...run, signal: stop.signal, payload })).toMatchObject({
      kind: 'retry',
    });
    expect(posts(here)).toEqual([]);
    const kept = new Set((await here.tools.digestRuns.rows('d-1')).keys());
    expect(kept.size).toBeGreaterThan(0);
    const before = here.checks.length;
    expect(await due(digest, planned, here, { id: 'd-1' })).toEqual({ kind: 'done', as: 'told' });
    expect(here.checks.slice(before).filter((cluster) => kept.has(cluster))).toEqual([]);
    expect(posts(here)).toHaveLength(1);
    // Delivered once more after its end, it does nothing.
    const [checked, called] = [here.checks.length, here.slack.traffic.all.length];
    expect(await due(digest, planned, here, { id: 'd-1' })).toEqual({ kind: 'done', as: 'told' });
    expect([here.checks.length, here.slack.traffic.all.length]).toEqual([checked, called]);
  });

  it('does not call a cluster unreadable where Redis has no memory left for its report, and goes on later', async () => {
    const here = await stage();
    const digest = await here.add();
    const full = Object.assign(new Error("OOM command not allowed when used memory > 'maxmemory'."), {
      name: 'ReplyError',
    });
    const save = async (): Promise<never> => {
      throw full;
    };
    const away = { ...here.tools, reports: { ...here.tools.reports, save } };
    const payload = { digest: digest.id, planned: at('2026-11-20T08:00:00Z'), requestedBy: null };
    await expect(here.run(runDigest, payload, {}, away)).rejects.toBe(full);
    expect(posts(here)).toEqual([]);
    expect(await here.run(runDigest, payload)).toEqual({ kind: 'done', as: 'told' });
  });

  it('posts once where Redis was restored from a copy that is older than the post', async () => {
    const here = await stage();
    const digest = await here.add();
    const planned = at('2026-11-20T08:00:05Z') - 5000;
    expect(await due(digest, planned, here)).toEqual({ kind: 'done', as: 'told' });
    const before = here.slack.messages(digest.channel).length;
    for (const pattern of ['peering:place:*', 'peering:digest:*', 'peering:digest-*'])
      for (const key of await here.redis.keys(pattern)) await here.redis.del(key);
    expect(await due(digest, planned, here)).toEqual({ kind: 'done', as: 'told' });
    expect(posts(here)).toHaveLength(1);
    expect(here.slack.messages(digest.channel)).toHaveLength(before);
  });

  it('posts once where the reply to the post is lost', async () => {
    const here = await stage();
    const digest = await here.add();
    const planned = at('2026-11-20T08:00:05Z') - 5000;
    here.slack.faults.next('chat.postMessage', { kind: 'drop-reply' });
    here.slack.faults.next('conversations.history', { kind: 'drop-request' });
    expect(await due(digest, planned, here)).toMatchObject({ kind: 'delay' });
    expect(await due(digest, planned, here)).toEqual({ kind: 'done', as: 'told' });
    expect(posts(here)).toHaveLength(1);
  });

  it('looks for doubles of a message that it sent again, until Slack applies no late call any more', async () => {
    const here = await stage();
    const digest = await here.add();
    const planned = at('2026-11-20T08:00:05Z') - 5000;
    // The call fails at once for the bot, and is carried out later.
    here.slack.faults.next('chat.postMessage', { kind: 'error', error: 'internal_error' });
    expect(await due(digest, planned, here)).toEqual({ kind: 'done', as: 'told' });
    const [queued] = here.queued;
    expect(here.queued).toMatchObject([{ name: 'drop-doubles' }]);
    const [post] = posts(here);
    if (queued === undefined || post === undefined) throw new Error('nothing was posted');
    const addDouble = () =>
      addMessage(here.slack.state, { ...post, ts: here.slack.state.nextTs(), attachments: [] });
    const drop = () => here.run(dropDoubles, queued.payload, { id: queued.id });
    addDouble();
    expect((await drop()).kind).toBe('delay');
    expect(posts(here).map(({ ts }) => ts)).toEqual([post.ts]);
    at('2026-11-20T08:02:05Z');
    addDouble();
    expect(await drop()).toEqual({ kind: 'done', as: 'read' });
    expect(posts(here).map(({ ts }) => ts)).toEqual([post.ts]);
  });

  it('looks for no doubles where each reply came', async () => {
    const here = await stage();
    expect(await due(await here.add(), at('2026-11-20T08:00:05Z') - 5000, here)).toMatchObject({
      as: 'told',
    });
    expect(here.queued).toEqual([]);
  });

  it('posts once where several processes have the same run', async () => {
    const here = await stage();
    const digest = await here.add();
    const planned = at('2026-11-20T08:00:05Z') - 5000;
    here.slack.faults.next('chat.postMessage', { kind: 'delay', ms: 300 });
    await Promise.all([1, 2, 3, 4, 5].map(() => due(digest, planned, here)));
    expect(await due(digest, planned, here)).toEqual({ kind: 'done', as: 'told' });
    expect(posts(here)).toHaveLength(1);
  });

  it('stops where its owner may see none of its clusters any more, and says so to the owner alone', async () => {
    const here = await stage();
    const digest = await here.add({ owner: people.lead.id });
    const lead = here.slack.state.users.get(people.lead.id);
    if (lead) here.slack.state.users.set(lead.id, { ...lead, isRestricted: true });
    const planned = at('2026-11-20T08:00:05Z') - 5000;
    expect(await due(digest, planned, here)).toEqual({ kind: 'done', as: 'paused' });
    expect(here.checks).toEqual([]);
    expect(posts(here)).toEqual([]);
    expect((await here.tools.digests.find(digest.id))?.paused).toMatchObject({
      why: 'owner',
      by: null,
    });
    expect(direct(here, people.lead.id)).toHaveLength(1);
    expect(here.audited.map(({ action }) => action)).toEqual(['digest-pause']);
    expect(await due(digest, planned, here)).toEqual({ kind: 'done', as: 'paused' });
  });

  it('stops when its owner has left', async () => {
    const here = await stage();
    const digest = await here.add({ owner: people.lead.id });
    here.slack.state.users.delete(people.lead.id);
    expect(await due(digest, at('2026-11-20T08:00:05Z') - 5000, here)).toMatchObject({ as: 'paused' });
    expect((await here.tools.digests.find(digest.id))?.paused?.why).toBe('owner');
  });

  it('leaves out what its owner may no longer see, and says how many', async () => {
    const access = {
      restrict: false,
      grants: [{ allow: ['digest'], users: [people.requester.id], clusters: ['prod-*'] }],
    };
    const here = await stage({ access });
    const named = await here.add({ clusters: ['prod-east', 'staging'] });
    const all = await here.add({ clusters: ['all'], channel: channels.approvals });
    const planned = at('2026-11-20T08:00:05Z') - 5000;
    await due(named, planned, here);
    await due(all, planned, here);
    expect(here.checks.includes('staging')).toBe(false);
    expect(words(posts(here))).toContain('1 cluster left out');
    // A cluster that it never showed is not missing.
    expect(words(posts(here, channels.approvals))).not.toContain('left out');
  });

  it('is paused after the channel refused it three times, and its owner told', async () => {
    const here = await stage();
    const digest = await here.add({ channel: channels.archived });
    const outcomes = [];
    for (const day of ['20', '21', '22', '23']) {
      outcomes.push(await due(digest, at(`2026-11-${day}T08:00:05Z`) - 5000, here));
    }
    expect(outcomes.map((outcome) => outcome.kind === 'done' && outcome.as)).toEqual([
      'refused',
      'refused',
      'paused',
      'paused',
    ]);
    expect((await here.tools.digests.find(digest.id))?.paused).toMatchObject({
      why: 'channel',
      detail: 'is_archived',
    });
    expect(direct(here, people.requester.id)).toHaveLength(1);
  });

  it('tells its owner of that once, however late Slack takes it', async () => {
    const here = await stage();
    const digest = await here.add({ owner: people.guest.id });
    here.slack.faults.next('chat.postMessage', { kind: 'status', status: 503 }, 2);
    const planned = at('2026-11-20T08:00:05Z') - 5000;
    expect((await due(digest, planned, here)).kind).toBe('delay');
    expect(direct(here, people.guest.id)).toHaveLength(0);
    expect(await due(digest, planned, here)).toMatchObject({ as: 'paused' });
    expect(await due(digest, planned, here)).toMatchObject({ as: 'paused' });
    expect(direct(here, people.guest.id)).toHaveLength(1);
    expect(here.audited).toHaveLength(1);
  });

  it('tells the requester of a run that the channel does not accept it', async () => {
    const here = await stage();
    const digest = await here.add({ channel: channels.archived, owner: people.requester.id });
    const planned = at('2026-11-20T08:00:05Z');
    const request = { digest: digest.id, planned, requestedBy: people.approver.id };
    expect(await here.run(runDigest, request)).toMatchObject({ as: 'refused' });
    expect(words(direct(here, people.approver.id))).toContain('is_archived');
    expect(direct(here, people.requester.id)).toHaveLength(0);
  });

  it.each(['pause', 'remove'] as const)(
    'tells nothing where somebody says %s while it looks',
    async (kind) => {
      const here = await stage({ clusters: ['lab'] });
      const digest = await here.add();
      const { tools } = here;
      const request = { channel: channels.platform, user: digest.owner, team: here.slack.teamId };
      const check: typeof tools.check = async (cluster, options) => {
        await here.run(manageDigest, { ...request, change: { kind, id: digest.id } });
        return tools.check(cluster, options);
      };
      const payload = { digest: digest.id, planned: Date.now(), requestedBy: null };
      expect(await here.run(runDigest, payload, {}, { ...tools, check })).toEqual({
        kind: 'done',
        as: `${kind}d`,
      });
      expect(posts(here)).toEqual([]);
      expect(await here.redis.keys(`peering:digest*${digest.id}*`)).toEqual([]);
    },
  );

  it('compares two runs at once with the one before them', async () => {
    // More than are looked at together: the last ones are compared when the other run has ended.
    const clusters = ['a', 'b', 'c', 'd', 'e', 'f'];
    const here = await stage({ clusters });
    const digest = await here.add();
    await due(digest, at('2026-11-20T08:00:05Z') - 5000, here);
    const now = at('2026-11-21T08:00:05Z');
    const { tools } = here;
    // The other run begins and ends while this one looks at its first clusters.
    let other: Promise<unknown> | undefined;
    const check: typeof tools.check = async (cluster, options) => {
      other ??= here.run(runDigest, { digest: digest.id, planned: now, requestedBy: people.requester.id });
      await other;
      return tools.check(cluster, options);
    };
    await due(digest, now - 5000, {
      ...here,
      run: (job, payload, over) => here.run(job, payload, over, { ...tools, check }),
    });
    const rows = [...(await rowsOf(here, digest)).values()];
    expect(rows.filter(({ isFirst }) => !isFirst).map(({ cluster }) => cluster)).toHaveLength(
      clusters.length,
    );
    expect(posts(here)).toHaveLength(3);
  });

  it('goes on where the channel takes it again before the third time', async () => {
    const here = await stage();
    const digest = await here.add({ channel: channels.archived });
    const channel = here.slack.state.channels.get(channels.archived);
    const archive = (archived: boolean) =>
      channel && here.slack.state.channels.set(channel.id, { ...channel, archived });
    const outcomes = [];
    for (const [day, archived] of [true, true, false, true, true].entries()) {
      archive(archived);
      outcomes.push(await due(digest, at(`2026-11-2${day}T08:00:05Z`) - 5000, here));
    }
    expect(outcomes.map((outcome) => outcome.kind === 'done' && outcome.as)).toEqual([
      'refused',
      'refused',
      'told',
      'refused',
      'refused',
    ]);
    expect((await here.tools.digests.find(digest.id))?.paused).toBeNull();
  });

  it('says what is no longer configured, and goes on with the rest', async () => {
    const here = await stage();
    const digest = await here.add({ clusters: ['gone', 'staging'] });
    const empty = await here.add({ clusters: ['gone-*'], channel: channels.approvals });
    const planned = at('2026-11-20T08:00:05Z') - 5000;
    await due(digest, planned, here);
    await due(empty, planned, here);
    expect(here.checks).toEqual(['staging']);
    expect(words(posts(here))).toContain('gone');
    expect(words(posts(here, channels.approvals))).toContain('gone-*');
  });

  it('by label follows the configuration, among the clusters that its owner may see', async () => {
    const team = { name: 'payments', labels: { team: 'payments' } };
    const owners = new Map(ownedBy({ 'prod-east': team, staging: team }));
    const grants = [{ allow: ['digest'], users: [people.requester.id], clusters: ['prod-*'] }];
    const here = await stage({ access: { restrict: false, grants }, owners });
    const digest = await here.add({ clusters: ['label:team=payments'] });
    await due(digest, at('2026-11-20T08:00:05Z') - 5000, here);
    expect(here.checks).toEqual(['prod-east']);
    owners.set('prod-west', ownedBy({ 'prod-west': team }).get('prod-west')!);
    await due(digest, at('2026-11-21T08:00:05Z') - 5000, here);
    expect(here.checks.slice(1).toSorted()).toEqual(['prod-east', 'prod-west']);
    expect(words(posts(here))).not.toContain('staging');
    expect(JSON.stringify(posts(here))).not.toContain('left out');
  });

  it('says of a label that only hidden clusters have what it says of none', async () => {
    const owners = ownedBy({ staging: { name: 'secret', labels: { team: 'secret' } } });
    const grants = [{ allow: ['digest'], users: [people.requester.id], clusters: ['prod-*'] }];
    const here = await stage({ access: { restrict: false, grants }, owners });
    const planned = at('2026-11-20T08:00:05Z') - 5000;
    const outcomes = [];
    for (const word of ['label:team=secret', 'label:team=nobody'])
      outcomes.push(await due(await here.add({ clusters: [word] }), planned, here));
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect((await here.tools.digests.all()).map(({ paused }) => paused)).toEqual([null, null]);
    expect(here.checks).toEqual([]);
  });

  it('is plainer where a workspace refuses the table', async () => {
    const here = await stage();
    const digest = await here.add();
    here.slack.faults.next('chat.postMessage', { kind: 'error', error: 'invalid_blocks' });
    await due(digest, at('2026-11-20T08:00:05Z') - 5000, here);
    const [post] = posts(here);
    expect(post?.blocks.some(({ type }) => type === 'data_table')).toBe(false);
    expect(words(post)).toContain('prod-west');
  });

  it('fits many clusters, one of them with ten thousand findings, into a message, a thread and a file', async () => {
    const names = Array.from({ length: 120 }, (_, n) => `cluster-${n}`);
    const here = await stage({ clusters: names });
    const digest = await here.add();
    for (const name of names.slice(0, 60)) {
      const count = name === 'cluster-7' ? 10_000 : 3;
      const findings = Array.from({ length: count }, (_, n) => finding(`service-${n}`));
      here.show(name, reportOf(name, [result('mesh-gateway-mode', findings)]));
    }
    expect(await due(digest, at('2026-11-20T08:00:05Z') - 5000, here)).toMatchObject({ as: 'told' });
    const [post] = posts(here);
    const table = post?.blocks.find(({ type }) => type === 'data_table') as { rows: { text: string }[][] };
    expect(table.rows).toHaveLength(101);
    expect(table.rows[1]?.[0]?.text).toBe('cluster-7');
    expect(blockText(post?.blocks ?? [])).toBeLessThanOrEqual(9000);
    const thread = here.slack.thread(post?.ts ?? '');
    expect(thread.length).toBeLessThanOrEqual(11);
    for (const message of [post, ...thread]) expect(validateBlocks('message', message?.blocks)).toEqual([]);
    const [file] = here.slack.files();
    for (const name of names) expect(file?.content?.toString().includes(name)).toBe(true);
    // The next run knows all ten thousand.
    here.show('cluster-7', reportOf('cluster-7', [result('mesh-gateway-mode')]));
    expect(await due(digest, at('2026-11-21T08:00:05Z') - 5000, here)).toMatchObject({ as: 'told' });
    expect((await rowsOf(here, digest)).get('cluster-7')?.resolved).toBe(10_000);
  });

  it('shows hostile names as they are', async () => {
    const here = await stage({ clusters: ['lab'] });
    const digest = await here.add({ clusters: ['lab', '<!channel>*'] });
    const name = '<!here> *bold* <https://evil.example|ok>\n`x`';
    here.show('lab', reportOf('lab', [result('a', [finding(name)])]));
    await due(digest, at('2026-11-20T08:00:05Z') - 5000, here);
    expect(here.slack.mentions()).toEqual([]);
    expect(words(here.slack.traffic)).not.toContain('<!here>');
  });
});

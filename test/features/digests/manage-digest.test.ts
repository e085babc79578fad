import { pino } from 'pino';
import { digestDue, queueDue } from '../../../src/features/digests/digest-due';
import { manageDigest } from '../../../src/features/digests/manage-digest';
import { runDigest } from '../../../src/features/digests/run-digest';
import { createProducer } from '../../../src/queue/producer';
import { channels, people } from '../../../sandbox/workspace/people';
import { parseDigest } from '../../../src/features/digests/parse-digest';
import { describeWith } from '../../lab/binaries';
import { splitWords } from '../../../src/slack/split-words';
import { at, type Stage, type StageOptions, useStage } from './stage';
import { sealer } from '../../sealer';
import { testRun } from '../../slack/job-services';

describeWith(['redis'], 'managing digests', () => {
  const stage = useStage();
  /** As a person gives the command; fails where it cannot be understood. */
  const say = async (here: Stage, text: string, over: object = {}, run: object = {}) => {
    const parsed = parseDigest(splitWords(text), [...here.tools.config.clusters.keys()]);
    if (!parsed.ok) throw new Error(parsed.error);
    const request = {
      change: parsed.value,
      channel: channels.platform,
      user: people.requester.id,
      team: here.slack.teamId,
      ...over,
    };
    const outcome = await here.run(manageDigest, request, run, here.tools);
    return outcome.kind === 'done' ? outcome.as : outcome.kind;
  };
  const all = ({ tools }: Stage) => tools.digests.all();
  const only = async (here: Stage) => {
    const [definition, ...others] = await all(here);
    if (definition === undefined || others.length > 0) throw new Error(`${others.length + 1} digests`);
    return definition;
  };
  /** Messages to this person alone: without an address to respond to, in a direct message. */
  const told = ({ slack }: Stage, user: string): string =>
    JSON.stringify(
      [...slack.state.channels.values()]
        .filter(({ kind, members }) => kind === 'im' && members.has(user))
        .flatMap(({ id }) => slack.messages(id)),
    );
  const granted = (users: readonly string[], clusters?: readonly string[]): StageOptions => ({
    access: {
      restrict: false,
      grants: [{ allow: ['digest'], users, ...(clusters === undefined ? {} : { clusters }) }],
    },
  });

  const oneWithStagingAlone: StageOptions = {
    access: {
      restrict: false,
      grants: [
        { allow: ['digest'], users: [people.requester.id, people.lead.id] },
        { allow: ['digest'], users: [people.approver.id], clusters: ['staging'] },
      ],
    },
  };

  it('adds one in the zone of the person, and tells the channel its next three times', async () => {
    const here = await stage();
    at('2026-03-27T12:00:00Z');
    expect(await say(here, 'add prod-* staging weekdays 8:30 only-changes')).toBe('added');
    const definition = await only(here);
    expect(definition).toMatchObject({
      channel: channels.platform,
      owner: people.requester.id,
      clusters: ['prod-*', 'staging'],
      when: { cron: '30 8 * * 1-5', zone: 'Europe/Berlin' },
      onlyChanges: true,
      paused: null,
      version: 1,
    });
    expect(definition.id).toMatch(/^[a-z2-9]{4}$/);
    const [post] = here.slack.messages(channels.platform);
    const words = JSON.stringify(post);
    // The clocks change on the Sunday between.
    for (const time of ['2026-03-30T06:30Z', '2026-03-31T06:30Z', '2026-04-01T06:30Z']) {
      expect(words).toContain(`<!date^${Date.parse(time) / 1000}^`);
    }
    expect(words).toContain(definition.id);
    expect(here.audited).toMatchObject([
      { action: 'digest-add', person: people.requester.id, team: here.slack.teamId },
    ]);
  });

  it('leaves no digest behind where its card cannot be posted, and the job is given up', async () => {
    const here = await stage();
    here.slack.faults.next('chat.postMessage', { kind: 'status', status: 503 }, 20);
    const request = {
      change: {
        kind: 'add',
        clusters: ['all'],
        when: { cron: '0 9 * * *', words: 'daily' },
        zone: 'UTC',
        onlyChanges: false,
      },
      channel: channels.platform,
      user: people.requester.id,
      team: here.slack.teamId,
    } as const;
    expect((await here.run(manageDigest, request, { id: 'r1' }, here.tools)).kind).not.toBe('done');
    expect(await all(here)).toHaveLength(1);
    await manageDigest.abandon({ ...here.tools, ...testRun({ id: 'r1' }), payload: request });
    expect(await all(here)).toEqual([]);
  });

  it('takes the zone that is named, and UTC where Slack knows none', async () => {
    const here = await stage();
    await say(here, 'add all daily 09:00 Asia/Tokyo');
    const zoneOf = async () => ({ ok: true as const, value: undefined });
    const without = { ...here, tools: { ...here.tools, zoneOf } };
    expect(await say(without, 'add all daily 09:00')).toBe('added');
    expect((await all(here)).map(({ when }) => when.zone).sort()).toEqual(['Asia/Tokyo', 'UTC']);
  });

  it('adds it once where the request is served twice', async () => {
    const here = await stage();
    here.slack.faults.next('chat.postMessage', { kind: 'drop-reply' });
    here.slack.faults.next('conversations.history', { kind: 'drop-request' });
    expect(await say(here, 'add all daily 09:00', {}, { id: 'request-x' })).toBe('delay');
    expect(await say(here, 'add all daily 09:00', {}, { id: 'request-x' })).toBe('added');
    await only(here);
    expect(here.slack.messages(channels.platform)).toHaveLength(1);
  });

  it('adds none in a channel that the bot may not post to', async () => {
    const here = await stage();
    for (const channel of [channels.archived, channels.secret, channels.random]) {
      expect(await say(here, 'add all daily 09:00', { channel })).toBe('refused');
    }
    expect(await all(here)).toEqual([]);
    expect(told(here, people.requester.id)).toContain('is_archived');
  });

  it('adds none of a cluster that the person may not see; of a pattern, what may be seen is enough', async () => {
    const here = await stage(granted([people.requester.id], ['prod-*']));
    expect(await say(here, 'add staging prod-east daily 09:00')).toBe('refused');
    expect(await say(here, 'add stag* daily 09:00')).toBe('refused');
    expect(await all(here)).toEqual([]);
    expect(await say(here, 'add all daily 09:00')).toBe('added');
    expect(await say(here, 'add all daily 09:00', { user: people.guest.id })).toBe('refused');
    expect(await say(here, 'list', { user: people.approver.id })).toBe('refused');
  });

  it('adds no more than 25 to a channel', async () => {
    const here = await stage();
    for (let n = 0; n < 25; n++) await here.add();
    expect(await say(here, 'add all daily 09:00')).toBe('refused');
    expect(await all(here)).toHaveLength(25);
  });

  it('lists those of the channel, and one’s own elsewhere', async () => {
    const here = await stage();
    const [one, mine, theirs] = [
      await here.add({ owner: people.approver.id }),
      await here.add({ channel: channels.approvals }),
      await here.add({ channel: channels.approvals, owner: people.approver.id }),
    ];
    expect(await say(here, 'list')).toBe('listed');
    const words = told(here, people.requester.id);
    expect([one, mine, theirs].map(({ id }) => words.includes(`\`${id}\``))).toEqual([true, true, false]);
  });

  it('pauses, resumes, runs and removes, and tells who did it', async () => {
    const here = await stage();
    const { id } = await here.add();
    expect(await say(here, `pause ${id}`)).toBe('paused');
    expect((await only(here)).paused).toMatchObject({ by: people.requester.id, why: 'asked' });
    expect(await say(here, `run ${id}`)).toBe('refused');
    expect(await say(here, `pause ${id}`)).toBe('refused');
    const resumed = at('2036-11-23T09:00:00Z');
    expect(await say(here, `resume ${id}`)).toBe('resumed');
    // Runs of the meantime do not count as missed.
    expect(await only(here)).toMatchObject({ paused: null, activeSince: resumed, version: 3 });
    expect(await say(here, `run ${id.toUpperCase()}`)).toBe('queued');
    expect(here.queued).toMatchObject([
      { name: runDigest.name, payload: { digest: id, requestedBy: people.requester.id } },
    ]);
    expect(await say(here, `remove ${id}`)).toBe('removed');
    expect(await all(here)).toEqual([]);
    expect(await say(here, `remove ${id}`)).toBe('refused');
    expect(here.audited.map(({ action }) => action)).toEqual([
      'digest-pause',
      'digest-resume',
      'digest-remove',
    ]);
  });

  it('runs one once at a time, even after a second request', async () => {
    const here = await stage();
    const { id } = await here.add();
    const producer = createProducer(here.redis, sealer, pino({ level: 'silent' }));
    const { tools } = here;
    const queue: typeof tools.queue = (job, payload, request) =>
      producer.enqueue(job, payload, request, 5000);
    const queued = { ...here, tools: { ...tools, queue } };
    const ask = (user: string) => say(queued, `run ${id}`, { user });
    try {
      expect(await ask(people.requester.id)).toBe('queued');
      expect(await ask(people.approver.id)).toBe('joined');
      expect(await ask(people.requester.id)).toBe('joined');
      const [job, ...others] = await here.redis.keys('*:digests:digest-*');
      expect(others).toEqual([]);
      expect(job).toContain(id);
    } finally {
      await producer.close();
    }
  });

  it('posts a run that somebody asked for, also where nothing changed', async () => {
    const here = await stage();
    const { id } = await here.add({ onlyChanges: true });
    for (const _ of [1, 2]) {
      await say(here, `run ${id}`);
      const { payload, id: run } = here.queued.at(-1) ?? { payload: {}, id: '' };
      expect(await here.run(runDigest, payload, { id: run })).toMatchObject({ as: 'told' });
    }
    expect(here.slack.messages(channels.platform)).toHaveLength(2);
  });

  it('tells the second of two who change the same digest', async () => {
    const here = await stage();
    const read = await here.add();
    const definitions = here.tools.digests;
    const paused = { at: 1, by: people.lead.id, why: 'asked', detail: '' } as const;
    expect(await definitions.change(read, { paused })).toMatchObject({ version: 2 });
    expect(await definitions.change(read, { paused: null })).toBeUndefined();
    expect(await definitions.remove(read)).toBe(false);
    const { find } = definitions;
    // Both have read it before either has changed it.
    const digests = { ...definitions, find: async () => read };
    const second = { ...here, tools: { ...here.tools, digests } };
    expect(await say(second, `remove ${read.id}`)).toBe('refused');
    expect((await find(read.id))?.paused).toEqual(paused);
    expect(told(here, people.requester.id)).toContain('changed');
  });

  it('lets only who has a right to all its clusters change somebody else’s', async () => {
    const here = await stage(oneWithStagingAlone);
    const { id } = await here.add();
    expect(await say(here, `pause ${id}`, { user: people.approver.id })).toBe('refused');
    expect(await say(here, `pause ${id}`, { user: people.guest.id })).toBe('refused');
    expect((await only(here)).paused).toBeNull();
    expect(await say(here, `pause ${id}`, { user: people.lead.id })).toBe('paused');
    expect((await only(here)).owner).toBe(people.requester.id);
  });

  it('lets who does not see all clusters change none of another person that selects nothing at present', async () => {
    const here = await stage(oneWithStagingAlone);
    const { id } = await here.add({ clusters: ['owner:renamed'] });
    expect(await say(here, `pause ${id}`, { user: people.approver.id })).toBe('refused');
    expect((await only(here)).paused).toBeNull();
    expect(await say(here, `pause ${id}`, { user: people.lead.id })).toBe('paused');
  });

  it('gives a digest whose owner may no more to who resumes it', async () => {
    const here = await stage();
    const read = await here.add({ owner: 'U0LEFT' });
    await here.run(runDigest, { digest: read.id, planned: Date.now(), requestedBy: null });
    expect((await only(here)).paused?.why).toBe('owner');
    expect(await say(here, `resume ${read.id}`)).toBe('resumed');
    expect((await only(here)).owner).toBe(people.requester.id);
    expect(
      await here.run(runDigest, { digest: read.id, planned: Date.now(), requestedBy: null }),
    ).toMatchObject({
      as: 'told',
    });
  });

  describe('what is due', () => {
    const now = Date.parse('2026-11-20T08:30:00Z');

    it('is queued once, by its planned time, until it was dealt with', async () => {
      const here = await stage();
      at('2026-11-19T12:00:00Z');
      const read = await here.add();
      const { tools } = here;
      expect(await queueDue(read, now, tools)).toBe('queued');
      expect(await queueDue(read, now, tools)).toBe('queued');
      const planned = Date.parse('2026-11-20T08:00:00Z');
      expect(new Set(here.queued.map(({ id }) => id))).toEqual(new Set([`digest-${read.id}-${planned}`]));
      await tools.digestRuns.note(read.id, { dealtWith: planned });
      expect(await queueDue(read, now, tools)).toBe('nothing-due');
      expect(await queueDue(read, now + 24 * 3_600_000, tools)).toBe('queued');
    });

    it('is nothing before it was made, while it is paused, and after an hour', async () => {
      const here = await stage();
      const { tools } = here;
      const read = await here.add({ activeSince: Date.parse('2026-11-20T08:00:01Z') });
      const long = await here.add({ activeSince: 0 });
      expect(await queueDue(read, now, tools)).toBe('nothing-due');
      expect(await queueDue(long, Date.parse('2026-11-20T09:00:01Z'), tools)).toBe('nothing-due');
      const paused = { at: 1, by: null, why: 'owner', detail: '' } as const;
      expect(await queueDue({ ...long, paused }, now, tools)).toBe('nothing-due');
    });

    it('is queued by the scheduler’s job, also where the clock here is behind', async () => {
      const here = await stage();
      const read = await here.add({ activeSince: 0 });
      const planned = Date.parse('2026-11-20T08:00:00Z');
      at('2026-11-20T07:59:59.900Z');
      const run = { id: `repeat:digest/${read.id}:${planned}` };
      expect(await here.run(digestDue, { digest: read.id }, run)).toEqual({ kind: 'done', as: 'queued' });
      expect(here.queued).toMatchObject([{ payload: { planned } }]);
      expect(await here.run(digestDue, { digest: 'none' }, run)).toEqual({ kind: 'done', as: 'removed' });
    });
  });
});

import { pino } from 'pino';
import { Queue } from 'bullmq';
import { channels, people } from '../../../sandbox/workspace/people';
import type { DigestConfig } from '../../../src/config/config';
import { withFileDefinitions } from '../../../src/features/digests/file-definitions';
import { manageDigest } from '../../../src/features/digests/manage-digest';
import { runDigest } from '../../../src/features/digests/run-digest';
import { startDigestSync } from '../../../src/features/digests/sync';
import { createProducer } from '../../../src/queue/producer';
import { queuePrefix } from '../../../src/redis/keys';
import { describeWith } from '../../lab/binaries';
import { waitFor } from '../../lab/process';
import { sealer } from '../../sealer';
import { at, type Stage, useStage } from './stage';

const log = pino({ level: 'silent' });

const morning: DigestConfig = {
  name: 'morning-prod',
  channel: channels.platform,
  owner: people.requester.id,
  clusters: ['prod-*'],
  when: { cron: '0 9 * * *', zone: 'Europe/Berlin', words: 'every day at 09:00' },
  onlyChanges: false,
};

describeWith(['redis'], 'digests of the clusters file', () => {
  const open = useStage();
  /** A stage whose file defines these digests, as after a start with another file. */
  const withFile = (here: Stage, digests: readonly DigestConfig[] = [morning]): Stage => ({
    ...here,
    tools: {
      ...here.tools,
      digests: withFileDefinitions(here.tools.digests, () => digests, { team: here.slack.teamId }),
    },
  });
  const stage = async (): Promise<Stage> => withFile(await open());
  const planned = Date.parse('2026-03-27T08:00:00Z');
  const run = (here: Stage, id = `digest-${morning.name}-${planned}`) =>
    here.run(
      runDigest,
      { digest: morning.name, planned, requestedBy: null },
      { id, since: Date.now() },
      here.tools,
    );
  const say = async (here: Stage, change: object, user = people.requester.id) => {
    const request = { change, channel: channels.platform, user, team: here.slack.teamId };
    const outcome = await here.run(manageDigest, request, {}, here.tools);
    return outcome.kind === 'done' ? outcome.as : outcome.kind;
  };
  const posts = ({ slack }: Stage) => slack.messages(channels.platform);

  it('are run as their owner, without a count of runs before them', async () => {
    const here = await stage();
    at('2026-03-27T08:00:01Z');
    expect(await run(here)).toEqual({ kind: 'done', as: 'told' });
    expect(here.checks.toSorted()).toEqual(['prod-east', 'prod-west']);
    expect(posts(here)).toHaveLength(1);
    expect(JSON.stringify(posts(here))).not.toMatch(/missed|skipped/);
  });

  it('are posted once, also by a Redis that forgot everything', async () => {
    const here = await stage();
    at('2026-03-27T08:00:01Z');
    await run(here);
    await here.redis.flushall();
    expect(await run(here)).toEqual({ kind: 'done', as: 'told' });
    expect(posts(here)).toHaveLength(1);
  });

  it.each(['pause', 'resume', 'remove'])('refuse %s', async (kind) => {
    const here = await stage();
    expect(await say(here, { kind, id: morning.name })).toBe('refused');
    expect(await here.tools.digests.find(morning.name)).toMatchObject({ paused: null });
    expect(here.audited).toEqual([]);
  });

  it('can be run at any time', async () => {
    const here = await stage();
    expect(await say(here, { kind: 'run', id: morning.name })).toBe('queued');
    expect(here.queued).toMatchObject([{ name: 'run-digest', payload: { digest: morning.name } }]);
  });

  it('are listed beside those that people added, and count for no limit', async () => {
    const here = await open();
    const many = Array.from({ length: 30 }, (_, at) => ({ ...morning, name: `digest-${at}` }));
    const full = withFile(here, many);
    const request = {
      kind: 'add',
      clusters: ['staging'],
      when: { cron: '0 9 * * *', words: 'x' },
      zone: 'UTC',
    };
    expect(await say(full, { ...request, onlyChanges: false })).toBe('added');
    const added = (await full.tools.digests.all()).filter(({ fromFile }) => !fromFile);
    expect(added).toHaveLength(1);
    expect(await full.tools.digests.all()).toHaveLength(31);
    expect(await say(full, { kind: 'list' })).toBe('listed');
    expect(await say(full, { kind: 'pause', id: added[0]?.id })).toBe('paused');
  });

  it('are not paused by a channel that refuses them, nor for an owner without access', async () => {
    const here = await open();
    at('2026-03-27T08:00:01Z');
    const refused = withFile(here, [{ ...morning, channel: 'C0NOWHERE0' }]);
    for (const nth of [1, 2, 3, 4]) expect(await run(refused, `run-${nth}`)).toMatchObject({ as: 'refused' });
    const stranger = withFile(here, [{ ...morning, owner: 'U0STRANGER' }]);
    expect(await run(stranger, 'run-5')).toMatchObject({ as: 'refused' });
    expect(here.checks).not.toContain('staging');
    expect(await here.redis.hlen('peering:digests')).toBe(0);
  });

  describe('their schedules', () => {
    const stops: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const stop of stops.splice(0).toReversed()) await stop();
    });
    const syncOf = async (here: Stage) => {
      const producer = createProducer(here.redis, sealer, log);
      const queue = new Queue('digests', { connection: here.redis, prefix: queuePrefix });
      const services = {
        ...here.tools,
        queue: ((job, payload, request) =>
          producer.enqueue(job, payload, request, 1500)) satisfies Stage['tools']['queue'],
      };
      const { stop } = startDigestSync({ redis: here.redis, sealer, log, everyMs: 100, services });
      stops.push(producer.close, () => queue.close(), stop);
      const keys = async (): Promise<readonly string[]> =>
        (await queue.getJobSchedulers()).map(({ key }) => key).toSorted();
      const jobs = async (): Promise<readonly string[]> =>
        (await queue.getJobs(['waiting', 'prioritized', 'delayed', 'active']))
          .filter(({ name }) => name === 'run-digest')
          .map(({ id }) => id ?? '');
      return { keys, jobs, stop };
    };

    it('are there again after FLUSHALL, with the run of the last hour once', async () => {
      at('2026-03-27T08:30:00Z');
      const here = await stage();
      const { keys, jobs } = await syncOf(here);
      const expectAll = async () => {
        await waitFor('the schedule', async () => (await keys()).length > 0);
        await waitFor('the run', async () => (await jobs()).length > 0);
        expect(await keys()).toEqual([`digest/${morning.name}`]);
        expect(await jobs()).toEqual([`digest-${morning.name}-${planned}`]);
      };
      await expectAll();
      await here.redis.flushall();
      await expectAll();
    });

    it('end when the file no longer has them', async () => {
      const here = await open();
      const added = await here.add();
      const before = await syncOf(withFile(here));
      await waitFor('both', async () => (await before.keys()).length === 2);
      await before.stop();
      const after = await syncOf(withFile(here, []));
      await waitFor('the end', async () => (await after.keys()).length === 1);
      expect(await after.keys()).toEqual([`digest/${added.id}`]);
    });
  });
});

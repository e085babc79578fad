import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { channels } from '../../../sandbox/workspace/people';
import { createDigestRuns } from '../../../src/features/digests/runs.store';
import { planMigration } from '../../../src/features/storage';
import { createWatches } from '../../../src/features/subscriptions/watches.store';
import { expandJson } from '../../../src/redis/compressed-json';
import { keys } from '../../../src/redis/keys';
import { describeWith } from '../../lab/binaries';
import { type Clock, startClock } from '../../lab/clock';
import { temporaryFolder } from '../../lab/process';
import { type RedisServer, startRedis } from '../../lab/redis';
import { inFolder, rdbFile } from '../../migration/scene';
import { sealer } from '../../sealer';

// oxlint-disable plain-english/words -- reads the field names that version 0.1.0 stored

interface OldTrack {
  readonly told: string;
  readonly seen: string;
  readonly held: number;
}

/** The tracked cluster of version 0.1.0. */
interface OldWatch {
  readonly watched: {
    readonly look: number;
    readonly verdict: OldTrack;
    readonly issues: Readonly<Record<string, OldTrack>>;
  };
}

/** The fields of a digest's row in version 0.1.0. */
interface OldRow {
  readonly first: boolean;
  readonly appeared: number;
  readonly news: readonly unknown[];
}

describeWith(['redis', 'cc'], 'fields that version 0.1.0 stored under other names', () => {
  let clock: Clock;
  let server: RedisServer;
  let redis: Redis;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    // Rows of a digest are stored for a day.
    clock = await startClock(Date.UTC(2026, 10, 26, 9));
    ends.push(clock.remove);
    const folder = await temporaryFolder('stored');
    ends.push(folder.remove);
    copyFileSync(inFolder(rdbFile), join(folder.path, rdbFile));
    server = await startRedis({ clock, settings: { dir: folder.path, dbfilename: rdbFile } });
    ends.push(server.stop);
    redis = new Redis(server.url);
    ends.push(() => redis.disconnect());
    const { steps } = await planMigration(redis, sealer);
    for (const { write } of steps) await write();
  }, 60_000);
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  it.each([
    ['prod-west', channels.platform],
    ['prod-east', channels.approvals],
  ])('reads the tracked issues of %s in %s', async (cluster, channel) => {
    const text = sealer.open(
      { kind: 'watch', key: keys.watch(channel, cluster), field: 'watch' },
      (await redis.hget(keys.watch(channel, cluster), 'watch')) ?? '',
    );
    const { watched: old } = await expandJson<OldWatch>(Buffer.from(text ?? '', 'base64'));
    const { watch } = await createWatches(redis, sealer).read({ channel, cluster });
    const state = (track: OldTrack) => [track.told, track.seen, track.held];

    expect(watch).not.toHaveProperty('watched');
    expect(watch?.tracked.poll).toBe(old.look);
    expect(watch?.tracked.verdict).toMatchObject({
      reported: old.verdict.told,
      observed: old.verdict.seen,
      streak: old.verdict.held,
    });
    const issues = Object.entries(watch?.tracked.issues ?? {});
    expect(issues.length).toBeGreaterThan(0);
    expect(
      issues.map(([key, { reported, observed, streak }]) => [key, [reported, observed, streak]]),
    ).toEqual(Object.entries(old.issues).map(([key, track]) => [key, state(track)]));
  });

  it('reads the rows and the baselines of a digest', async () => {
    const stored = await redis.keys(keys.digestRows('*'));
    expect(stored.length).toBeGreaterThan(0);
    const runs = createDigestRuns(redis, sealer);
    for (const run of stored.map((key) => key.replace(keys.digestRows(''), ''))) {
      const rows = await runs.rows(run);
      expect(rows.size).toBeGreaterThan(0);
      for (const [cluster, row] of rows) {
        const key = keys.digestRows(run);
        const stored = (await redis.hget(key, cluster)) ?? '';
        const text = sealer.open({ kind: 'digest-row', key, field: cluster }, stored);
        const { first, appeared, news } = JSON.parse(text ?? '{}') as OldRow;
        expect([row.isFirst, row.added, row.addedIssues]).toEqual([first, appeared, news]);
        expect(row).not.toHaveProperty('news');
        expect((await runs.baseline(run, cluster))?.verdict).toBe(row.verdict);
      }
    }
  });
});

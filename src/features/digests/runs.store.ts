import { z } from 'zod';
import type { DigestRow, DigestBaseline } from '../../report/digest-row';
import { readStoredBaseline, readStoredRow } from '../../report/stored-names';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { compressJson, expandJson } from '../../redis/compressed-json';
import { releaseLock, acquireLock } from '../../redis/lock';
import type { RecordLocation, Sealer } from '../../signing/seal-record';

/** State of a digest. Times are ms since the epoch. */
const State = z.object({
  /** The newest planned run that is done: posted or skipped. */
  dealtWith: z.coerce.number().optional(),
  /** The newest planned run that was posted, or had nothing to post. */
  told: z.coerce.number().optional(),
  /** The last successful run, which the next is compared with; and its beginning. */
  run: z.string().optional(),
  at: z.coerce.number().optional(),
  /** When something was last posted. */
  postedAt: z.coerce.number().optional(),
  /** Time up to which ends of mutes were reported. */
  mutesTo: z.coerce.number().optional(),
  /** Number of consecutive refusals by the channel. */
  refusals: z.coerce.number().default(0),
});
export type State = z.infer<typeof State>;

/** Stored results of runs of digests. */
export interface DigestRuns {
  readonly state: (digest: string) => Promise<State>;
  readonly note: (digest: string, changes: Partial<State>) => Promise<void>;
  /** Stores the result for a cluster, so that an attempt that continues the run does not check it again. */
  readonly keep: (run: string, row: DigestRow, baseline: DigestBaseline) => Promise<void>;
  /** The clusters that a run has finished. */
  readonly rows: (run: string) => Promise<ReadonlyMap<string, DigestRow>>;
  /** The clusters that a run saw. */
  readonly clusters: (run: string) => Promise<readonly string[]>;
  /** The baseline that a run left of a cluster. */
  readonly baseline: (run: string, cluster: string) => Promise<DigestBaseline | undefined>;
  /** Ends a run: the next one is compared with it, and the one before it is deleted. */
  readonly end: (digest: string, run: string, changes: Partial<State>) => Promise<void>;
  /** Deletes a run that no other is compared with. */
  readonly drop: (run: string) => Promise<void>;
  /** Forgets a digest that was removed. */
  readonly forget: (digest: string) => Promise<void>;
  /**
   * Acquires or renews the lock to post a run for `forMs`. False: another process has it, which happens if a queue was
   * lost and created again during a run.
   */
  readonly acquireLock: (run: string, holder: string, forMs: number) => Promise<boolean>;
  readonly releaseLock: (run: string, holder: string) => Promise<void>;
}

/** A run that did not end: longer than it can take. */
const unfinishedMs = 24 * 3_600_000;
/** Maximum overlap of two runs of one digest, in ms. */
const besideMs = 3_600_000;
/** The last run is stored until the next ends, which may be a year later. */
const lastMs = 400 * 24 * 3_600_000;

export const createDigestRuns = (redis: RedisClient, sealer: Sealer): DigestRuns => {
  const rowOf = (run: string, cluster: string): RecordLocation => ({
    kind: 'digest-row',
    key: keys.digestRows(run),
    field: cluster,
  });
  const baselineOf = (run: string, cluster: string): RecordLocation => ({
    kind: 'digest-baseline',
    key: keys.digestBaselines(run),
    field: cluster,
  });
  const stateOf = (digest: string, field: string): RecordLocation => ({
    kind: 'digest-state',
    key: keys.digestState(digest),
    field,
  });
  const drop = async (run: string): Promise<void> => {
    await redis.del(keys.digestRows(run));
    await redis.del(keys.digestBaselines(run));
  };
  const note = async (digest: string, changes: Partial<State>): Promise<void> => {
    const sealed = Object.entries(changes)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [field, sealer.seal(stateOf(digest, field), String(value))] as const);
    await redis.hset(keys.digestState(digest), Object.fromEntries(sealed));
    // Nothing forgets a digest that was removed from the clusters file.
    await redis.pexpire(keys.digestState(digest), lastMs);
  };
  const state = async (digest: string): Promise<State> =>
    State.parse(
      Object.fromEntries(
        Object.entries(await redis.hgetall(keys.digestState(digest))).flatMap(([field, stored]) => {
          const text = sealer.open(stateOf(digest, field), stored);
          return text === undefined ? [] : [[field, text]];
        }),
      ),
    );
  return {
    state,
    note,
    drop,
    keep: async (run, row, baseline) => {
      // The row comes last: a cluster with a row is finished.
      const [rows, baselines] = [keys.digestRows(run), keys.digestBaselines(run)];
      const bytes = await compressJson(baseline);
      await redis.hset(baselines, row.cluster, sealer.sealBytes(baselineOf(run, row.cluster), bytes));
      await redis.pexpire(baselines, unfinishedMs);
      await redis.hset(rows, row.cluster, sealer.seal(rowOf(run, row.cluster), JSON.stringify(row)));
      await redis.pexpire(rows, unfinishedMs);
    },
    rows: async (run) => {
      const texts = await redis.hgetall(keys.digestRows(run));
      return new Map(
        Object.entries(texts).flatMap(([cluster, stored]): [string, DigestRow][] => {
          const text = sealer.open(rowOf(run, cluster), stored);
          return text === undefined ? [] : [[cluster, readStoredRow(JSON.parse(text) as object)]];
        }),
      );
    },
    clusters: async (run) => {
      const stored = await redis.hgetallBuffer(keys.digestBaselines(run));
      return Object.entries(stored)
        .filter(([cluster, bytes]) => sealer.openBytes(baselineOf(run, cluster), bytes) !== undefined)
        .map(([cluster]) => cluster);
    },
    baseline: async (run, cluster) => {
      const stored = await redis.hgetBuffer(keys.digestBaselines(run), cluster);
      const bytes = stored === null ? undefined : sealer.openBytes(baselineOf(run, cluster), stored);
      return bytes === undefined ? undefined : readStoredBaseline(await expandJson<DigestBaseline>(bytes));
    },
    end: async (digest, run, changes) => {
      const { run: before } = await state(digest);
      await redis.pexpire(keys.digestBaselines(run), lastMs);
      await note(digest, { ...changes, run });
      if (before === undefined || before === run) return;
      // Another run of the same digest may be under way, and still be comparing with it.
      await redis.del(keys.digestRows(before));
      await redis.pexpire(keys.digestBaselines(before), besideMs);
    },
    forget: async (digest) => {
      const { run } = await state(digest);
      if (run !== undefined) await drop(run);
      await redis.del(keys.digestState(digest));
    },
    acquireLock: (run, holder, forMs) => acquireLock(redis, keys.digestLock(run), holder, forMs),
    releaseLock: (run, holder) => releaseLock(redis, keys.digestLock(run), holder),
  };
};

import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import type { RecordLocation, Sealer } from '../../signing/seal-record';
import type { FleetLine } from './fleet-line';

/** The rows that a check of several clusters has finished, so that an attempt that continues it reads no cluster twice. */
export interface FleetLines {
  /** By cluster. */
  readonly all: (run: string) => Promise<ReadonlyMap<string, FleetLine>>;
  readonly keep: (run: string, line: FleetLine) => Promise<void>;
}

/** Longer than the run and its interruptions can take. After an hour, nobody waits for the answer. */
const ttlMs = 2 * 3_600_000;

export const createFleetLines = (redis: RedisClient, sealer: Sealer): FleetLines => {
  const locationOf = (run: string, cluster: string): RecordLocation => ({
    kind: 'fleet-line',
    key: keys.fleetLines(run),
    field: cluster,
  });
  return {
    all: async (run) => {
      const stored = await redis.hgetall(keys.fleetLines(run));
      return new Map(
        Object.entries(stored).flatMap(([cluster, sealed]): [string, FleetLine][] => {
          const text = sealer.open(locationOf(run, cluster), sealed);
          // Only this store seals values for this location.
          return text === undefined ? [] : [[cluster, JSON.parse(text) as FleetLine]];
        }),
      );
    },
    keep: async (run, line) => {
      const key = keys.fleetLines(run);
      await redis.hset(key, line.cluster, sealer.seal(locationOf(run, line.cluster), JSON.stringify(line)));
      await redis.pexpire(key, ttlMs);
    },
  };
};

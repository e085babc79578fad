import { z } from 'zod';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import type { RecordLocation, Sealer } from '../../signing/seal-record';
import { AddressOutcome } from '../../snapshot/probe-section';

/** Reasons of a vantage point that took the job and has no outcomes. */
const refusals = ['not-configured', 'unreadable'] as const;
type Refusal = (typeof refusals)[number];

/** Outcomes on their way from a vantage point to the check that waits for them, by the id of the job. */
export interface SecondOutcomes {
  readonly put: (job: string, outcomes: readonly AddressOutcome[] | Refusal) => Promise<void>;
  /** Returns undefined if there are none yet, or none that this bot sealed for this job. */
  readonly find: (job: string) => Promise<readonly AddressOutcome[] | Refusal | undefined>;
}

/** Longer than a check waits. */
const ttlMs = 60_000;

const Outcomes = z.union([z.array(AddressOutcome).readonly(), z.enum(refusals)]);

export const createSecondOutcomes = (redis: RedisClient, sealer: Sealer): SecondOutcomes => {
  const locationOf = (job: string): RecordLocation => ({
    kind: 'second-probes',
    key: keys.secondProbes(job),
  });
  return {
    put: async (job, outcomes) => {
      // Catalogs take addresses of any length. One that no record may have costs the others nothing.
      const readable =
        typeof outcomes === 'string'
          ? outcomes
          : outcomes.filter((outcome) => AddressOutcome.safeParse(outcome).success);
      const text = sealer.seal(locationOf(job), JSON.stringify(readable));
      await redis.set(keys.secondProbes(job), text, 'PX', ttlMs);
    },
    find: async (job) => {
      const stored = await redis.get(keys.secondProbes(job));
      const text = stored === null ? undefined : sealer.open(locationOf(job), stored);
      // A worker of another version may have stored it.
      return text === undefined ? undefined : Outcomes.safeParse(JSON.parse(text)).data;
    },
  };
};

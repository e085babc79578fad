import { setImmediate as immediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Definition } from './definitions.store';
import { nextTimes } from '../../config/when';
import type { RedisClient } from '../../redis/redis';
import type { Sealer } from '../../signing/seal-record';
import {
  keepSchedulers,
  type SealSchedule,
  type SchedulerQueue,
  syncSchedulers,
  type SchedulerDefinition,
} from '../../queue/schedulers';
import { digestDue, queueDue } from './digest-due';
import type { ScheduleServices } from './services';

interface SyncParts {
  /** A connection that fails at once while Redis is away. */
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly services: ScheduleServices;
  readonly log: Logger;
  /** Interval in ms: a lost queue is complete again after it. */
  readonly everyMs?: number;
}

const prefix = 'digest/';

const schedulerOf = ({ id, when }: Definition): SchedulerDefinition => ({
  id: `${prefix}${id}`,
  repeat: { pattern: when.cron, tz: when.zone },
  name: digestDue.name,
  data: { digest: id },
});

/** When each definition, in its version, is due again: reading a cron expression takes a millisecond. */
type Upcoming = Map<string, number>;

/** Reconciles schedulers with the stored definitions, and queues runs that came due while a scheduler was missing. */
const syncDigests = async (
  queue: SchedulerQueue,
  sealSchedule: SealSchedule,
  services: ScheduleServices,
  upcoming: Upcoming,
): Promise<Upcoming> => {
  let active: readonly Definition[] = [];
  await syncSchedulers(queue, sealSchedule, prefix, async () => {
    active = (await services.digests.all()).filter(({ paused }) => paused === null);
    return active.map(schedulerOf);
  });
  const after: Upcoming = new Map();
  for (const definition of active) {
    const key = `${definition.id}/${definition.version}`;
    const now = Date.now();
    let next = upcoming.get(key);
    if (next === undefined || next <= now) {
      // A queued run is checked again until it is done: the queue may lose it.
      const done = (await queueDue(definition, now, services)) === 'nothing-due';
      next = done ? nextTimes(definition.when, now, 1)?.[0] : undefined;
      await immediate();
    }
    if (next !== undefined) after.set(key, next);
  }
  return after;
};

/** Reconciles now, when Redis comes back, and by a timer, in any number of processes. */
export const startDigestSync = (parts: SyncParts): { readonly stop: () => Promise<void> } => {
  const { services } = parts;
  let upcoming: Upcoming = new Map();
  return keepSchedulers({
    ...parts,
    queue: 'digests',
    sync: async (queue, sealSchedule) => {
      upcoming = await syncDigests(queue, sealSchedule, services, upcoming);
    },
  });
};

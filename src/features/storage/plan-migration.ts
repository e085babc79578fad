import { openPayload, SealedPayload, sealPayload, sealSchedulerPayload } from '../../queue/seal-payload';
import type { RedisClient } from '../../redis/redis';
import { isSealed, type RecordLocation, type Sealer } from '../../signing/seal-record';
import { isSealedJob, type StoredJob, type StoredRecord, walkJobs, walkRecords } from './walk-records';

/** One record that is to be sealed with the current key. */
export interface MigrationStep {
  readonly kind: string;
  readonly key: string;
  /** The field of a hash; empty for a string. */
  readonly field: string;
  /** `adopt`: it was never sealed. `renew`: the previous key sealed it. */
  readonly as: 'adopt' | 'renew';
  /** Its content, if people made it; otherwise empty. */
  readonly text: string;
  readonly write: () => Promise<unknown>;
}

interface MigrationPlan {
  readonly steps: readonly MigrationStep[];
  /** Records that are sealed, but not with a known key for their location. They stay ignored. */
  readonly refused: readonly RecordLocation[];
}

/** Kinds whose content people decide about. */
const shown: ReadonlySet<string> = new Set(['mute', 'subscription', 'digest']);

/** Plans to seal all records that are not sealed with the current key. Reads only. */
export const planMigration = async (redis: RedisClient, sealer: Sealer): Promise<MigrationPlan> => {
  const steps: MigrationStep[] = [];
  const refused: RecordLocation[] = [];
  for await (const record of walkRecords(redis)) {
    if (sealer.isCurrent(record.stored)) continue;
    const step = planRecord(redis, sealer, record);
    if (step === undefined) refused.push(record.location);
    else steps.push(step);
  }
  for await (const job of walkJobs(redis)) {
    const sealed = isSealedJob(job) ? SealedPayload.safeParse(JSON.parse(job.data)).data?.sealed : undefined;
    if (sealed !== undefined && sealer.isCurrent(Buffer.from(sealed))) continue;
    const step = planJob(redis, sealer, job);
    if (step === undefined) refused.push({ kind: 'job', key: job.key });
    else steps.push(step);
  }
  return { steps, refused };
};

const planRecord = (
  redis: RedisClient,
  sealer: Sealer,
  { location, stored }: StoredRecord,
): MigrationStep | undefined => {
  const as = isSealed(stored) ? 'renew' : 'adopt';
  const plain = as === 'adopt' ? stored : sealer.openBytes(location, stored);
  if (plain === undefined) return undefined;
  const { kind, key, field } = location;
  const sealed = sealer.sealBytes(location, plain);
  return {
    kind,
    key,
    field: field ?? '',
    as,
    text: shown.has(kind) ? plain.toString() : '',
    write: () => (field === undefined ? redis.set(key, sealed, 'KEEPTTL') : redis.hset(key, field, sealed)),
  };
};

const schedulerPrefix = 'repeat:';

const planJob = (redis: RedisClient, sealer: Sealer, job: StoredJob): MigrationStep | undefined => {
  const { key, queue, name, id, at, data } = job;
  const scheduler = id.startsWith(schedulerPrefix)
    ? id.slice(schedulerPrefix.length).replace(/:\d{10,16}$/, '')
    : undefined;
  const as = isSealedJob(job) ? 'renew' : 'adopt';
  // A scheduler itself is sealed as its jobs are.
  const address = {
    queue,
    name,
    id: scheduler === undefined ? id : `${schedulerPrefix}${scheduler}:0000000000`,
  };
  const opened =
    as === 'adopt'
      ? { at, payload: JSON.parse(data) as unknown }
      : openPayload(sealer, address, JSON.parse(data));
  if (opened === undefined) return undefined;
  const sealed =
    scheduler === undefined
      ? sealPayload(sealer, address, opened)
      : sealSchedulerPayload(sealer, { queue, name, id: scheduler }, opened.payload);
  return {
    kind: scheduler === undefined ? 'job' : 'schedule',
    key,
    field: name,
    as,
    text: '',
    write: () => redis.hset(key, 'data', JSON.stringify(sealed)),
  };
};

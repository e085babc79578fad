import type { RedisClient } from '../../redis/redis';
import type { Signer } from '../../signing/sign';
import { requestPrefix, signDetails } from '../approvals';
import type { MigrationStep } from './plan-migration';
import { scanKeys } from './walk-records';

/** Plans to sign the cards and outcomes of requests that an earlier version left unsigned. Reads only. */
export const planRequests = async (redis: RedisClient, signer: Signer): Promise<readonly MigrationStep[]> => {
  const steps: MigrationStep[] = [];
  for await (const keys of scanKeys(redis, `${requestPrefix}*`)) {
    for (const key of keys) {
      const fields = signDetails(await redis.hgetall(key), key.slice(requestPrefix.length), signer);
      for (const [field, signature] of Object.entries(fields)) {
        const write = () => redis.hset(key, field, signature);
        steps.push({ kind: 'request', key, field, as: 'adopt', text: '', write });
      }
    }
  }
  return steps;
};

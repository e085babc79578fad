import type { Cluster, Redis } from 'ioredis';

/** A connection to Redis, of the kind that REDIS_URL names. */
export type RedisClient = Redis | Cluster;

import type { Cluster, Redis } from 'ioredis';

/** A connection to Redis, of whichever kind REDIS_URL names. */
export type RedisClient = Redis | Cluster;

import { Queue } from 'bullmq';
import type { QueueName } from '../config/env';
import { queuePrefix } from '../redis/keys';
import type { RedisClient } from '../redis/redis';

export interface OpenQueue {
  readonly queue: () => Queue;
  readonly close: () => Promise<void>;
}

/**
 * A queue that jobs are added to, or that is looked at. BullMQ asks the server for its version when it opens a
 * queue, and a queue whose question was lost with the connection rejects everything for ever (seen with 6.7):
 * such a one is opened anew when it is next asked for.
 *
 * @param connection one that fails at once while Redis is away; it reports its own errors
 */
export const openQueue = (name: QueueName, connection: RedisClient): OpenQueue => {
  let opened = open(name, connection);
  return {
    queue: () => {
      if (opened.lost()) {
        // Takes its listeners off the connection.
        opened.queue.close().catch(() => undefined);
        opened = open(name, connection);
      }
      return opened.queue;
    },
    close: () => opened.queue.close(),
  };
};

const open = (name: QueueName, connection: RedisClient) => {
  const queue = new Queue(name, { connection, prefix: queuePrefix });
  // Each queue would repeat what the connection reports.
  queue.on('error', () => undefined);
  let lost = false;
  queue.waitUntilReady().catch(() => {
    lost = true;
  });
  return { queue, lost: () => lost };
};

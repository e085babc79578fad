import { Queue } from 'bullmq';
import type { QueueName } from '../config/process-uses';
import { queuePrefix } from '../redis/keys';
import type { RedisClient } from '../redis/redis';

export interface OpenQueue {
  readonly queue: () => Queue;
  readonly close: () => Promise<void>;
}

/**
 * Opens a queue to add jobs to, or to read. BullMQ asks the server for its version when it opens a queue, and if the
 * connection is lost before the answer, the queue rejects every call from then on (measured with 6.7): the next call of
 * `queue` then opens it again.
 *
 * @param connection fails at once while Redis is away, and reports its own errors
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
  // The connection reports its errors; each queue would repeat them.
  queue.on('error', () => undefined);
  let lost = false;
  queue.waitUntilReady().catch(() => {
    lost = true;
  });
  return { queue, lost: () => lost };
};

import type { Redis } from 'ioredis';

/**
 * Sends all commands of one tick of the event loop in one write at the end of the tick, in their order. ioredis writes
 * each command separately, and under load these writes cost more than the commands themselves. (Its own
 * `enableAutoPipelining` also batches, but costs as much per command as it saves.)
 */
export const gatherWrites = (redis: Redis): void => {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...command) => {
    const socket = redis.stream;
    // There is no socket before the first connection.
    if (socket?.writableCorked === 0) {
      socket.cork();
      setImmediate(() => socket.uncork());
    }
    return send(...command);
  };
};

import type { Redis } from 'ioredis';

/**
 * Sends the commands of one turn of the event loop in one write, as they were asked, at the end of that turn.
 * ioredis writes each command by itself, and when many people ask at once those writes cost more than all else
 * about the commands. (Its `enableAutoPipelining` gathers too, but at a price per command that eats up the gain.)
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

/** Messages of ioredis when no server answered. */
const awayMessages = /^(?:Command timed out|Connection is closed|Stream isn't writeable)/;

/** Tells whether an error means that Redis did not answer, so that the same command may pass later. */
export const isRedisAway = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'MaxRetriesPerRequestError' || awayMessages.test(error.message));

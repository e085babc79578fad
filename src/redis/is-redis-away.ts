/** Messages of ioredis when no server answered. */
const awayMessages =
  /^(?:Command timed out|Command aborted|Connection is closed|Stream isn't writeable|Cluster isn't ready|None of startup nodes|Failed to refresh slots cache|Too many Cluster redirections)/;

/**
 * Answers of a server that cannot do it now: it still loads its data, is a replica, has no memory or disk left, runs a
 * long script, or its cluster is not complete. Redis 6 puts them behind the name of the script that asked.
 */
const outageAnswers =
  /(?:^|[\s:-])(?:BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|NOREPLICAS|OOM|READONLY|TRYAGAIN|UNBLOCKED) |^ERR max number of clients reached/;

/** Tells whether an error means that Redis did not answer or could not serve, so that the same command may pass later. */
export const isRedisAway = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const { name, message } = error;
  return (
    name === 'MaxRetriesPerRequestError' ||
    awayMessages.test(message) ||
    (name === 'ReplyError' && outageAnswers.test(message))
  );
};

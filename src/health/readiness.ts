import { isStuck, type QueueState } from './queues';

/** Why this process, or the bot as a whole, cannot do its work now. `what` is a word for machines. */
export interface Unready {
  readonly what: 'redis' | 'slack' | 'workers';
  readonly message: string;
}

export interface HealthCondition {
  /** Undefined: Redis does not answer. */
  readonly queues: readonly QueueState[] | undefined;
  /** Undefined where this process does not listen to Slack over a connection. */
  readonly slackConnected: boolean | undefined;
}

/** Everything that is in the way; nothing where the bot is ready. */
export const unreadiness = ({ queues, slackConnected }: HealthCondition): readonly Unready[] => {
  const reasons: Unready[] = [];
  if (queues === undefined) {
    reasons.push({ what: 'redis', message: 'Redis does not answer: check REDIS_URL and the server' });
  }
  if (slackConnected === false) {
    reasons.push({ what: 'slack', message: 'no connection to Slack is open; it is being tried again' });
  }
  for (const state of queues?.filter(isStuck) ?? []) {
    const { waiting, prioritized, active } = state.counts;
    const jobs = waiting + prioritized + active + state.overdue;
    reasons.push({
      what: 'workers',
      message: `${jobs} ${jobs === 1 ? 'job waits' : 'jobs wait'} in the queue ${state.queue} and no worker takes them: start one with --role worker --queues ${state.queue}`,
    });
  }
  return reasons;
};

import { isStuck, type QueueState } from './queues';

/** A problem that does not stop the bot from working. `what` is for programs. */
export interface ReadyWarning {
  readonly what: 'configuration';
  readonly message: string;
}

/** A reason why this process, or the whole bot, cannot work now. `what` is for programs. */
export interface Unready {
  readonly what: 'redis' | 'slack' | 'start' | 'workers';
  readonly message: string;
}

export interface HealthCondition {
  /** Undefined: Redis does not answer. */
  readonly queues: readonly QueueState[] | undefined;
  /** Undefined if this process does not listen to Slack over a connection. */
  readonly slackConnected: boolean | undefined;
  /** Problems that the start of this process waits for; undefined once it has started. */
  readonly starting?: readonly Unready[] | undefined;
}

/** Returns all reasons why the bot is not ready; empty if it is. */
export const unreadiness = ({ queues, slackConnected, starting }: HealthCondition): readonly Unready[] => {
  if (starting !== undefined)
    return starting.length > 0 ? starting : [{ what: 'start', message: 'the process is starting' }];
  const reasons: Unready[] = [];
  if (queues === undefined) {
    reasons.push({ what: 'redis', message: 'Redis does not answer: check REDIS_URL and the server' });
  }
  if (slackConnected === false) {
    reasons.push({ what: 'slack', message: 'no connection to Slack is open; the bot keeps trying' });
  }
  for (const state of queues?.filter(isStuck) ?? []) {
    const { waiting, prioritized, active } = state.counts;
    const jobs = waiting + prioritized + active + state.overdue;
    reasons.push({
      what: 'workers',
      message: `${jobs} ${jobs === 1 ? 'job waits' : 'jobs wait'} in the queue ${state.queue} and no worker takes them: start one with peering-bot start --role worker --queues ${state.queue}`,
    });
  }
  return reasons;
};

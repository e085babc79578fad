import type { Settings } from './settings';

/** Requests a minute by method: https://docs.slack.dev/apis/web-api/rate-limits. Messages count by channel instead. */
const tiers: Readonly<Record<string, number>> = {
  'assistant.threads.setStatus': 600,
  'assistant.threads.setSuggestedPrompts': 100,
  'assistant.threads.setTitle': 20,
  'chat.update': 50,
  'chat.unfurl': 50,
  'chat.delete': 50,
  'chat.postEphemeral': 100,
  'conversations.history': 50,
  'conversations.info': 50,
  'conversations.join': 50,
  'conversations.list': 20,
  'conversations.members': 100,
  'conversations.open': 50,
  'conversations.replies': 50,
  'users.info': 100,
  'users.list': 20,
  'usergroups.list': 20,
  'usergroups.users.list': 20,
  'views.open': 100,
  'views.publish': 100,
  'views.push': 100,
  'views.update': 100,
};

interface Bucket {
  tokens: number;
  at: number;
}

export interface RateLimits {
  /** Seconds to wait, or 0 where the message may pass. */
  readonly message: (channel: string) => number;
  readonly method: (method: string) => number;
}

export const createRateLimits = (settings: Settings, now: () => number): RateLimits => {
  const buckets = new Map<string, Bucket>();
  const take = (key: string, perSecond: number, burst: number): number => {
    const bucket = buckets.get(key) ?? { tokens: burst, at: now() };
    const tokens = Math.min(burst, bucket.tokens + ((now() - bucket.at) / 1000) * perSecond);
    const allowed = tokens >= 1;
    buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now() });
    return allowed ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond));
  };
  return {
    message: (channel) =>
      take(`message ${channel}`, settings.messageRate.perSecond, settings.messageRate.burst),
    method: (method) => {
      const perMinute = tiers[method];
      return settings.methodTiers && perMinute ? take(`method ${method}`, perMinute / 60, perMinute) : 0;
    },
  };
};

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Config, ReceiverConfig } from '../../config/config';
import { type Environment, readSecret } from '../../config/secret';
import { defineJob, type JobContext, type JobOutcome } from '../../queue/define';
import type { SlackFetch } from '../../slack/api/slack-network';
import type { Announcements } from './announcements.store';
import { StoredEvent } from './peering-event';
import { pagerDutyRequest } from './pagerduty-request';
import { webhookRequest } from './webhook-request';

const DeliverEvent = z.object({
  receiver: z.object({ kind: z.enum(['webhook', 'pagerduty']), name: z.string() }),
  event: StoredEvent,
});
type DeliverEvent = z.infer<typeof DeliverEvent>;

export interface DeliverServices {
  readonly config: Config;
  readonly announcements: Announcements;
  /** Holds the secrets that the configuration names. */
  readonly environment: Environment;
  /** Sends through the outbound proxy, if there is one. */
  readonly sendOut: SlackFetch;
}

/** Time for a receiver to answer, in ms. */
const answerMs = 10_000;
const lockTries = 30;
const lockEveryMs = 500;

/** Statuses that may pass by themselves: timeout, too early, too many requests. */
const temporary: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Sends one event to one receiver. Events about one finding are sent one at a time, and one that a later event has
 * overtaken is not sent, so that a receiver ends with the present state.
 */
export const deliverEvent = defineJob<DeliverEvent, DeliverServices>({
  name: 'deliver-event',
  queue: 'digests',
  payload: DeliverEvent,
  // Almost three hours.
  options: { attempts: 12, backoffMs: 5000 },

  handle: async (context) => {
    const { id, payload, config, announcements, log } = context;
    const { kind, name } = payload.receiver;
    const receiver = config.receivers?.find((one) => one.kind === kind && one.name === name);
    if (receiver === undefined) return { kind: 'done', as: 'not-configured' };
    if (await announcements.isDelivered(id)) return { kind: 'done', as: 'delivered' };
    const { issue } = payload.event;
    const lock = `${kind}/${name}`;
    if (!(await awaitLock(lock, context))) return { kind: 'retry', reason: 'an earlier event is being sent' };
    try {
      if ((await announcements.latest(issue)) > payload.event.sequence)
        return { kind: 'done', as: 'overtaken' };
      const outcome = await send(receiver, context);
      if (outcome.kind === 'done' && outcome.as === 'delivered') await announcements.noteDelivered(id);
      if (outcome.kind === 'done' && outcome.as === 'refused')
        log.error({ receiver: lock, event: payload.event.id }, 'the receiver refused an event');
      return outcome;
    } finally {
      await announcements.releaseLock(lock, issue, id);
    }
  },

  abandon: async ({ payload: { receiver, event }, log }) => {
    log.error({ receiver: `${receiver.kind}/${receiver.name}`, event: event.id }, 'an event was given up');
  },
});

type Context = JobContext<DeliverEvent, DeliverServices>;

const awaitLock = async (lock: string, { id, payload, announcements, signal }: Context): Promise<boolean> => {
  for (let tries = 0; tries < lockTries && !signal.aborted; tries += 1) {
    if (await announcements.acquireLock(lock, payload.event.issue, id)) return true;
    await sleep(lockEveryMs);
  }
  return false;
};

/** Reasons name a status at most: addresses and headers hold secrets. */
const send = async (
  { kind, url, secret: ref }: ReceiverConfig,
  { payload: { event }, environment, sendOut, signal }: Context,
): Promise<JobOutcome> => {
  const secret = readSecret(ref, environment);
  if (!secret.ok) return { kind: 'retry', reason: secret.error };
  const { headers, body } =
    kind === 'webhook'
      ? webhookRequest(event, secret.value, Date.now())
      : pagerDutyRequest(event, secret.value);
  try {
    const response = await sendOut(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'peering-bot', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
    const { status } = response;
    await response.body?.cancel();
    if (status >= 200 && status < 300) return { kind: 'done', as: 'delivered' };
    return status >= 500 || temporary.has(status)
      ? { kind: 'retry', reason: `the receiver answered with status ${status}` }
      : { kind: 'done', as: 'refused' };
  } catch {
    return { kind: 'retry', reason: 'the receiver did not answer' };
  }
};

import { z } from 'zod';
import type { Config, ReceiverConfig } from '../../config/config';
import { type Environment, readSecret } from '../../config/secret';
import { defineJob, type JobContext, type JobOutcome } from '../../queue/define';
import type { SlackFetch } from '../../slack/api/slack-network';
import type { Announcements } from './announcements.store';
import { StoredEvent } from './peering-event';
import { pagerDutyRequest } from './pagerduty-request';
import type { ReceiverLimits } from './receiver-limits';
import { webhookRequest } from './webhook-request';

const DeliverEvent = z.object({
  receiver: z.object({ kind: z.enum(['webhook', 'pagerduty']), name: z.string() }),
  event: StoredEvent,
});
type DeliverEvent = z.infer<typeof DeliverEvent>;

export interface DeliverServices {
  readonly config: Config;
  readonly announcements: Announcements;
  readonly receiverLimits: ReceiverLimits;
  /** Holds the secrets that the configuration names. */
  readonly environment: Environment;
  /** Sends through the outbound proxy, if there is one. */
  readonly sendOut: SlackFetch;
}

/** Time for a receiver to answer, in ms. */
const answerMs = 10_000;
/** Leaves the worker to other jobs while as many events as may be are being sent, or an earlier one about the finding. */
const afterOthers: JobOutcome = { kind: 'delay', afterMs: 500, waitsFor: 'cluster' };

/** Statuses that may pass by themselves: timeout, too early, too many requests. */
const temporary: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Sends one event to one receiver. A receiver that does not answer holds up neither other receivers nor other jobs. Events
 * about one finding are sent one at a time, and one that a later event has overtaken is not sent, so that a receiver ends with
 * the present state.
 */
export const deliverEvent = defineJob<DeliverEvent, DeliverServices>({
  name: 'deliver-event',
  queue: 'digests',
  payload: DeliverEvent,
  // Almost three hours.
  options: { attempts: 12, backoffMs: 5000 },

  handle: async (context) => {
    const { id, payload, config, announcements, receiverLimits, log } = context;
    const { kind, name } = payload.receiver;
    const receiver = config.receivers?.find((one) => one.kind === kind && one.name === name);
    if (receiver === undefined) return { kind: 'done', as: 'not-configured' };
    if (await announcements.isDelivered(id)) return { kind: 'done', as: 'delivered' };
    const key = keyOf(receiver);
    const entered = receiverLimits.enter(key);
    if (entered === 'busy') return afterOthers;
    if (entered === 'silent') return { kind: 'retry', reason: 'the receiver did not answer before' };
    let hasAnswered: boolean | undefined;
    try {
      const sent = await sendLocked(receiver, context);
      ({ hasAnswered } = sent);
      if (isDone(sent.outcome, 'refused'))
        log.error({ receiver: key, event: payload.event.id }, 'the receiver refused an event');
      return sent.outcome;
    } finally {
      receiverLimits.leave(key, hasAnswered);
    }
  },

  abandon: async ({ payload: { receiver, event }, log }) => {
    log.error({ receiver: keyOf(receiver), event: event.id }, 'an event was given up');
  },
});

const keyOf = ({ kind, name }: Pick<ReceiverConfig, 'kind' | 'name'>): string => `${kind}/${name}`;

type Context = JobContext<DeliverEvent, DeliverServices>;

/** An outcome, with the answer of the receiver: true for any, false for none in time, undefined if nothing was sent. */
interface Sent {
  readonly outcome: JobOutcome;
  readonly hasAnswered?: boolean;
}

const isDone = (outcome: JobOutcome, as: string): boolean => outcome.kind === 'done' && outcome.as === as;

/** Sends the event, unless another about the same finding is being sent, or has overtaken it. */
const sendLocked = async (receiver: ReceiverConfig, context: Context): Promise<Sent> => {
  const { id, payload, announcements } = context;
  const { issue, sequence } = payload.event;
  const lock = keyOf(receiver);
  // Not awaited here: a job that waits takes the place of others.
  if (!(await announcements.acquireLock(lock, issue, id))) return { outcome: afterOthers };
  try {
    if ((await announcements.latest(issue)) > sequence) return { outcome: { kind: 'done', as: 'overtaken' } };
    const sent = await send(receiver, context);
    if (isDone(sent.outcome, 'delivered')) await announcements.noteDelivered(id);
    return sent;
  } finally {
    await announcements.releaseLock(lock, issue, id);
  }
};

/** Reasons name a status at most: addresses and headers hold secrets. */
const send = async (
  { kind, url, secret: ref }: ReceiverConfig,
  { payload: { event }, environment, sendOut, signal }: Context,
): Promise<Sent> => {
  const secret = readSecret(ref, environment);
  if (!secret.ok) return { outcome: { kind: 'retry', reason: secret.error } };
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
    return { outcome: outcomeOf(status), hasAnswered: true };
  } catch {
    const outcome = { kind: 'retry', reason: 'the receiver did not answer' } as const;
    // A stop says nothing about the receiver.
    return signal.aborted ? { outcome } : { outcome, hasAnswered: false };
  }
};

const outcomeOf = (status: number): JobOutcome => {
  if (status >= 200 && status < 300) return { kind: 'done', as: 'delivered' };
  return status >= 500 || temporary.has(status)
    ? { kind: 'retry', reason: `the receiver answered with status ${status}` }
    : { kind: 'done', as: 'refused' };
};

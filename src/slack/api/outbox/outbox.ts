import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import {
  afterCrash,
  applyOutcome,
  endDelivery,
  type NewContent,
  nextStep,
  putContent,
  type Step,
  type StepOutcome,
  watchMs,
} from './delivery';
import type { AnswerTarget, OutboxEntry } from './entry';
import type { EntryLease, OutboxStore } from './outbox.store';
import { performStep, type StepTools } from './perform-step';
import type { Unanswered } from './unanswered.store';

/**
 * Answers on their way to Slack. An answer is stored before Slack is called, and delivered by any worker until Slack
 * has taken it or its time is up: a job ends once its answer is stored, and is not run again because Slack is away.
 */
export interface Outbox {
  /** Stores new content of an answer, unless it already has its final content. Returns what is stored. */
  readonly put: (target: AnswerTarget, content: NewContent) => Promise<OutboxEntry>;
  /** Delivers what can be delivered now. Returns what is stored then; undefined if there is nothing. */
  readonly deliver: (name: string) => Promise<OutboxEntry | undefined>;
  readonly find: (name: string) => Promise<OutboxEntry | undefined>;
  /** Notes for people whose answer was not delivered. */
  readonly unanswered: Unanswered;
  /** Delivers whatever is due, until it is stopped. `stop` waits for calls that are under way. */
  readonly start: () => { readonly stop: () => Promise<void> };
}

export interface OutboxParts extends StepTools {
  readonly store: OutboxStore;
  readonly unanswered: Unanswered;
  readonly log: Logger;
  /** Longest wait inside `deliver`, in ms. */
  readonly patienceMs?: number;
}

/** Time between two looks for answers that are due, in ms. */
const pollMs = 500;
/** Time between two renewals of a lease during a call, in ms. */
const renewalMs = 5000;
/** Maximum answers that a process delivers at once. */
const maxAtOnce = 10;
/** Maximum conflicts of one change with those of others. */
const maxConflicts = 20;

type Change = (before: OutboxEntry | undefined) => OutboxEntry | undefined;

/** Changes what is stored, on top of what others changed meanwhile. */
const changeEntry = async (
  store: OutboxStore,
  name: string,
  to: Change,
): Promise<OutboxEntry | undefined> => {
  for (let tries = 0; tries < maxConflicts; tries++) {
    const before = await store.find(name);
    const next = to(before.entry);
    if (next === undefined || next === before.entry) return before.entry;
    const waitMs = next.ended === null ? next.dueAt - Date.now() : null;
    if (await store.write(before, next, { waitMs })) return next;
  }
  throw new Error(`the answer ${name} changed ${maxConflicts} times while it was stored`);
};

/** Stores new content of an answer like `put` of the outbox, for processes that deliver nothing themselves. */
export const putAnswer = async (
  store: OutboxStore,
  target: AnswerTarget,
  content: NewContent,
): Promise<OutboxEntry> => {
  const entry = await changeEntry(store, target.name, (before) =>
    putContent(before, target, content, Date.now()),
  );
  if (entry === undefined) throw new Error('an answer was not stored');
  return entry;
};

export const createOutbox = (parts: OutboxParts): Outbox => {
  const { store, unanswered, log, patienceMs = 1000 } = parts;

  const change = (name: string, to: Change): Promise<OutboxEntry | undefined> => changeEntry(store, name, to);

  /** Does one step; undefined if the lease may have ended before the call was sent. */
  const perform = async (
    entry: OutboxEntry,
    step: Step,
    holder: string,
    leasedUntil: number,
  ): Promise<StepOutcome | undefined> => {
    const { name } = entry;
    let until = leasedUntil;
    let isUnsent = false;
    const renewal = setInterval(() => {
      // Without the lease the next step finds out.
      store.renew(holder, name).then(
        (renewed) => (until = renewed?.until ?? until),
        () => undefined,
      );
    }, renewalMs);
    const maySend = (): boolean => {
      isUnsent = Date.now() >= until;
      return !isUnsent;
    };
    const outcome = await performStep(entry, step, parts, maySend).finally(() => clearInterval(renewal));
    if (isUnsent) return undefined;
    if (outcome.kind === 'refused')
      log.warn({ request: name, step: step.do, code: outcome.code }, 'Slack refused a part of an answer');
    if (outcome.kind === 'lost')
      log.warn(
        { request: name, step: step.do, reason: outcome.reason },
        'Slack did not confirm a part of an answer',
      );
    if (outcome.kind === 'dead') log.warn({ request: name }, 'a message showed a job that no longer runs');
    return outcome;
  };

  /**
   * Does one step after the other, until nothing is due within `patience` ms. Only the holder of the lease does: a
   * process that was stopped and continued finds that another has it, and does nothing more.
   */
  const work = async (
    { name, crashed, until }: EntryLease,
    holder: string,
    patience: number,
    isStopped = () => false,
  ): Promise<OutboxEntry | undefined> => {
    if (crashed) await change(name, (entry) => entry && afterCrash(entry, Date.now()));
    let leasedUntil = until;
    for (;;) {
      const stored = await store.find(name);
      const { entry } = stored;
      if (entry === undefined) {
        await store.forget(name);
        return undefined;
      }
      const now = Date.now();
      const step = nextStep(entry, now);
      if (step.do === 'end') {
        const ended = endDelivery(entry);
        if (ended.ended === 'undelivered') {
          const why = now >= entry.until ? 'unreachable' : 'refused';
          const requests = (entry.answers ?? []).map((request) => ({ ...request, why }) as const);
          if (requests.length > 0) await unanswered.add(entry.user, requests);
        }
        if (await store.write(stored, ended, { waitMs: null, holder })) {
          log[ended.ended === 'delivered' ? 'debug' : 'error'](
            { request: name, as: ended.ended },
            'an answer ended',
          );
          return ended;
        }
      } else if (step.do === 'wait' || isStopped()) {
        const waitMs = step.do === 'wait' ? step.until - now : 0;
        // After a failure the worker is free for other jobs.
        if (waitMs <= patience && entry.failures === 0 && !isStopped()) await sleep(waitMs);
        else if (await store.write(stored, entry, { waitMs, holder })) return entry;
      } else if (step.do === 'watch' && patience > 0) {
        // Its job is what delivers it now.
        const watched = { ...entry, dueAt: now + watchMs };
        if (await store.write(stored, watched, { waitMs: watchMs, holder })) return watched;
      } else {
        const outcome = await perform(entry, step, holder, leasedUntil);
        if (outcome !== undefined)
          await change(
            name,
            (fresh) =>
              fresh && applyOutcome(fresh, step, outcome, { now: Date.now(), random: Math.random() }),
          );
      }
      const renewed = await store.renew(holder, name);
      if (renewed === undefined) return entry;
      leasedUntil = renewed.until;
    }
  };

  return {
    unanswered,
    put: (target, content) => putAnswer(store, target, content),
    deliver: async (name) => {
      const holder = randomUUID();
      const lease = await store.take(holder, name);
      return lease === undefined ? (await store.find(name)).entry : work(lease, holder, patienceMs);
    },
    find: async (name) => (await store.find(name)).entry,
    start: () => startDelivery(parts, (lease, holder, isStopped) => work(lease, holder, 0, isStopped)),
  };
};

/** Takes answers that are due, several at once. */
const startDelivery = (
  { store, log }: Pick<OutboxParts, 'store' | 'log'>,
  work: (lease: EntryLease, holder: string, isStopped: () => boolean) => Promise<unknown>,
): { readonly stop: () => Promise<void> } => {
  const control = new AbortController();
  const { signal } = control;
  const isStopped = (): boolean => signal.aborted;
  const running = new Set<Promise<void>>();
  const failed = (error: unknown): undefined => {
    log.warn({ reason: String(error) }, 'could not deliver an answer');
  };
  const takeAll = async (): Promise<void> => {
    while (running.size < maxAtOnce && !isStopped()) {
      const holder = randomUUID();
      const lease = await store.take(holder);
      if (lease === undefined) return;
      const one = work(lease, holder, isStopped)
        .then(() => undefined, failed)
        .finally(() => running.delete(one));
      running.add(one);
    }
  };
  const loop = async (): Promise<void> => {
    while (!isStopped()) {
      await takeAll().catch(failed);
      await sleep(pollMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    }
    await Promise.all(running);
  };
  const ended = loop();
  return {
    stop: () => {
      control.abort();
      return ended;
    },
  };
};

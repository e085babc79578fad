import { isAboutContent, isGone, isNoAccess, type SlackFailure } from '../call';
import type { MessageRef } from '../message-ref';
import type { AnswerTarget, OutboxEntry, Rendering, Way } from './entry';
import { omitUndefined } from '../../../omit-undefined';

/** The delivery of an answer as a pure state machine: `nextStep` returns what to do, `applyOutcome` the state after it. */

/** Time during which a call without a reply may still take effect, in ms. */
export const lateMs = 90_000;
/** Time to deliver an answer, in ms. */
const deliveryMs = 3_600_000;
/** Least time to deliver an answer from now on, in ms. */
const graceMs = 5 * 60_000;
/** Time to edit a message that still shows something running, in ms. An edit notifies nobody, however late. */
const lateEditMs = 24 * 3_600_000;
/** Time between two looks at the job of a message that shows something running, in ms. */
export const watchMs = 15_000;
/** Tries of a `response_url`, which accepts five posts, before the answer goes to a direct message. */
const maxResponses = 4;
const maxBackoffMs = 30_000;
const minRecheckMs = 3_000;

export type Step =
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'end' }
  /** Reserves the next free moment of the channel. */
  | { readonly do: 'reserve'; readonly channel: string }
  | { readonly do: 'post'; readonly seq: number }
  | { readonly do: 'edit'; readonly seq: number; readonly ref: MessageRef }
  | { readonly do: 'reply'; readonly part: number; readonly ref: MessageRef }
  | { readonly do: 'attach'; readonly ref: MessageRef }
  | { readonly do: 'respond' | 'direct'; readonly part: number }
  /** Reads the first message back, and deletes doubles of the answer's messages. */
  | { readonly do: 'read'; readonly ref: MessageRef }
  /** Asks whether the job still runs whose progress the message shows. */
  | { readonly do: 'watch' };

export type StepOutcome =
  /** `fresh`: posted just now, and not found as the post of an earlier attempt. */
  | { readonly kind: 'took'; readonly ref?: MessageRef; readonly fresh?: boolean }
  | { readonly kind: 'reserved'; readonly waitMs: number }
  /** The number in the message; undefined if the message does not exist or has none. */
  | { readonly kind: 'says'; readonly seq: number | undefined }
  | { readonly kind: 'alive' }
  | { readonly kind: 'dead' }
  | SlackFailure;

export interface Moment {
  readonly now: number;
  /** From 0 to 1, to spread retries. */
  readonly random: number;
}

export interface NewContent {
  readonly renderings: readonly Rendering[];
  readonly final: boolean;
  /** Default: stays as it is. */
  readonly orphan?: OutboxEntry['orphan'];
  /** The way to begin with. */
  readonly way?: Way;
  /** True if an edit of the message may still be under way. */
  readonly unsure?: boolean;
}

/** Puts new content in place of the content of an entry. A final content stays. */
export const putContent = (
  entry: OutboxEntry | undefined,
  target: AnswerTarget,
  content: NewContent,
  now: number,
): OutboxEntry => {
  if (entry?.final) return entry;
  const { renderings, final, orphan = entry?.orphan ?? null, unsure = false } = content;
  const state = entry ?? {
    ...target,
    seq: 0,
    until: target.since + deliveryMs,
    way: content.way ?? 'channel',
    ref: null,
    shown: 0,
    deleted: 0,
    unsureUntil: 0,
    ended: null,
    dueAt: now,
    reserved: false,
  };
  return {
    ...state,
    renderings,
    final,
    orphan,
    seq: state.seq + 1,
    // An answer that is finished late still gets a few minutes.
    until: Math.max(state.until, now + graceMs),
    style: 0,
    part: 0,
    failures: 0,
    dueAt: state.reserved ? state.dueAt : now,
    unsureUntil: unsure && state.ref !== null ? now + lateMs : state.unsureUntil,
  };
};

/** Notes that an earlier process stopped in the middle of the delivery: its last call may still take effect. */
export const afterCrash = (entry: OutboxEntry, now: number): OutboxEntry => ({
  ...entry,
  unsureUntil: now + lateMs,
});

export const nextStep = (entry: OutboxEntry, now: number): Step => {
  const { renderings, style, way, ref, shown, seq, final, part, reserved } = entry;
  const rendering = renderings[style];
  if (entry.ended !== null || rendering === undefined) return { do: 'end' };
  if (now < entry.dueAt) return { do: 'wait', until: entry.dueAt };
  if (!final && now >= entry.until) return { do: 'watch' };
  if (final && now >= entry.until)
    return ref !== null && showsOlder(entry) && now < entry.since + lateEditMs
      ? { do: 'edit', seq, ref }
      : { do: 'end' };
  if (way !== 'channel') {
    // Progress is shown only in channels.
    if (!final) return { do: 'watch' };
    if (part >= privateParts(rendering).length) return { do: 'end' };
    if (way === 'response-url') return { do: 'respond', part };
    return reserved ? { do: 'direct', part } : { do: 'reserve', channel: entry.user };
  }
  const reserve = { do: 'reserve', channel: entry.channel } as const;
  if (ref === null) return reserved ? { do: 'post', seq } : reserve;
  if (shown < seq) return { do: 'edit', seq, ref };
  if (!final) return { do: 'watch' };
  const replies = rendering.thread?.length ?? 0;
  if (part < replies) return reserved ? { do: 'reply', part, ref } : reserve;
  if (part === replies && rendering.file !== undefined) return reserved ? { do: 'attach', ref } : reserve;
  return entry.unsureUntil > 0 ? { do: 'read', ref } : { do: 'end' };
};

/** Tells whether the message in the channel, if there is one, does not show the newest content yet. */
const showsOlder = ({ way, shown, seq }: OutboxEntry): boolean => way === 'channel' && shown < seq;

export const privateParts = ({ message, privately }: Rendering) => privately ?? [message];

/** Ends the delivery. The entry stays final, so that a job that runs again does not start over. */
export const endDelivery = (entry: OutboxEntry): OutboxEntry => {
  const rendering = entry.renderings[entry.style];
  const parts =
    rendering === undefined ? Infinity : entry.way === 'channel' ? 0 : privateParts(rendering).length;
  const said = entry.way === 'channel' ? entry.shown >= entry.seq : entry.part >= parts;
  return {
    ...entry,
    ended: entry.ended ?? (said ? 'delivered' : 'undelivered'),
    renderings: [],
    orphan: null,
    responseUrl: undefined,
    final: true,
  };
};

/** @param step the step that was done, on this entry or on an earlier content of it */
export const applyOutcome = (
  entry: OutboxEntry,
  step: Step,
  outcome: StepOutcome,
  { now, random }: Moment,
): OutboxEntry => {
  if (outcome.kind === 'rate-limited') {
    return { ...entry, dueAt: now + outcome.retryAfterMs * (1 + random / 2), reserved: false };
  }
  if (outcome.kind === 'lost') return afterLost(entry, step, { now, random });
  if (outcome.kind === 'refused') return afterRefusal(entry, step, outcome, now);
  if (outcome.kind === 'reserved') return { ...entry, dueAt: now + outcome.waitMs, reserved: true };
  if (outcome.kind === 'alive') return { ...entry, dueAt: now + watchMs };
  if (outcome.kind === 'dead') {
    const message = entry.orphan;
    return message === null || entry.final
      ? { ...entry, dueAt: now + watchMs }
      : putContent(entry, entry, { renderings: [{ message }], final: true, unsure: true }, now);
  }
  const well = { ...entry, failures: 0, dueAt: now };
  if (outcome.kind === 'says') return afterReading(well, outcome.seq, now);
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check
  switch (step.do) {
    case 'post':
      return {
        ...well,
        ref: outcome.ref ?? entry.ref,
        shown: outcome.fresh ? Math.max(entry.shown, step.seq) : entry.shown,
        reserved: false,
      };
    case 'edit': {
      // The rest of an answer follows, however late its message was edited.
      const until = Math.max(entry.until, now + graceMs);
      return { ...well, shown: Math.max(entry.shown, step.seq), until };
    }
    case 'reply':
    case 'direct':
    case 'respond':
      return { ...well, part: step.part + 1, reserved: false };
    case 'attach':
      return { ...well, part: entry.part + 1, reserved: false };
    default:
      return well;
  }
};

const afterLost = (entry: OutboxEntry, step: Step, { now, random }: Moment): OutboxEntry => {
  const failures = entry.failures + 1;
  const backoffMs = Math.min(maxBackoffMs, 1000 * 2 ** Math.min(failures - 1, 10)) * (0.5 + random / 2);
  return {
    ...entry,
    failures,
    dueAt: now + backoffMs,
    reserved: false,
    ...omitUndefined({ unsureUntil: step.do === 'read' ? undefined : now + lateMs }),
    ...(step.do === 'respond' && failures >= maxResponses && { way: 'direct' as const, failures: 0 }),
  };
};

const afterRefusal = (
  entry: OutboxEntry,
  step: Step,
  failure: SlackFailure & { readonly kind: 'refused' },
  now: number,
): OutboxEntry => {
  const next = { ...entry, failures: 0, dueAt: now, reserved: false };
  // Without the permission to read, what was taken last counts.
  if (step.do === 'read') return { ...next, unsureUntil: 0 };
  if (isAboutContent(failure) && entry.style + 1 < entry.renderings.length)
    return { ...next, style: entry.style + 1, part: 0, shown: Math.min(entry.shown, entry.seq - 1) };
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check
  switch (step.do) {
    case 'edit':
      if (isGone(failure)) return { ...next, ref: null, shown: 0, deleted: entry.deleted + 1 };
      return isNoAccess(failure) ? toPrivate(next) : endDelivery(next);
    case 'post':
      return isNoAccess(failure) ? toPrivate(next) : endDelivery(next);
    case 'respond':
      return { ...next, way: 'direct' };
    case 'attach':
      // The answer is complete enough without its file, which some workspaces refuse.
      return { ...next, part: entry.part + 1 };
    default:
      return endDelivery(next);
  }
};

const toPrivate = (entry: OutboxEntry): OutboxEntry => ({
  ...entry,
  way: entry.responseUrl === undefined ? 'direct' : 'response-url',
  part: 0,
});

const afterReading = (entry: OutboxEntry, seq: number | undefined, now: number): OutboxEntry => {
  if (seq !== undefined && seq !== entry.seq) return { ...entry, shown: 0 };
  if (now >= entry.unsureUntil) return { ...entry, unsureUntil: 0 };
  // First soon, then less and less often.
  const unsureForMs = now - (entry.unsureUntil - lateMs);
  const gapMs = Math.min(maxBackoffMs, Math.max(minRecheckMs, unsureForMs));
  return { ...entry, dueAt: Math.min(entry.unsureUntil, now + gapMs) };
};

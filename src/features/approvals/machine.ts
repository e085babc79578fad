import type { State } from './request';

/** What can happen to a request. */
export const events = [
  'approve',
  'deny',
  'cancel',
  'expire',
  'start',
  'finish',
  'fail',
  'lose',
  'settle-done',
  'settle-undone',
] as const;
export type Event = (typeof events)[number];

/**
 * The whole state machine. `unknown` is where a crash leaves a run; only reading the clusters settles it.
 * `approved` expires too: every request ends, also one that nobody reveals.
 */
export const transitions: Readonly<Record<State, Partial<Record<Event, State>>>> = {
  pending: { approve: 'approved', deny: 'denied', cancel: 'cancelled', expire: 'expired', fail: 'failed' },
  approved: { start: 'running', expire: 'expired', fail: 'failed' },
  running: { finish: 'done', fail: 'failed', lose: 'unknown' },
  unknown: { 'settle-done': 'done', 'settle-undone': 'failed' },
  done: {},
  failed: {},
  denied: {},
  expired: {},
  cancelled: {},
};

/** The state that an event leads to, or undefined where the event means nothing in this state. */
export const next = (state: State, event: Event): State | undefined => transitions[state][event];

/** Nothing happens to a request after one of these. */
export const isEnd = (state: State): boolean => Object.keys(transitions[state]).length === 0;

/** Open requests count against their requester. */
export const isOpen = (state: State): boolean =>
  state === 'pending' || state === 'approved' || state === 'running';

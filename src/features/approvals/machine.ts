import type { RequestState } from './request';

/** What can happen to a request. */
export const requestEvents = [
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
export type RequestEvent = (typeof requestEvents)[number];

/**
 * The whole state machine. `unknown` is where a crash leaves a run; only reading the clusters settles it.
 * `approved` expires too: every request ends, also one that nobody reveals.
 */
export const transitions: Readonly<Record<RequestState, Partial<Record<RequestEvent, RequestState>>>> = {
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
export const nextState = (state: RequestState, event: RequestEvent): RequestState | undefined =>
  transitions[state][event];

/** Nothing happens to a request after one of these. */
export const isEnd = (state: RequestState): boolean => Object.keys(transitions[state]).length === 0;

/** Open requests count against their requester. */
export const countsAsOpen = (state: RequestState): boolean =>
  state === 'pending' || state === 'approved' || state === 'running';

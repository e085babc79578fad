import { z } from 'zod';
import type { RequestState } from './request';

/** Everything that can happen to a request. */
export const RequestEvent = z.enum([
  'approve',
  'consent',
  'deny',
  'cancel',
  'expire',
  'start',
  'finish',
  'fail',
  'lose',
  'reconcile-done',
  'reconcile-undone',
]);
export type RequestEvent = z.infer<typeof RequestEvent>;

/**
 * The whole state machine. `unknown` is the state of a run after a crash, until it is reconciled with the clusters.
 * A `consent` is a yes that needs another. `approved` expires too: every request ends, also one that nobody reveals.
 */
const transitions: Readonly<Record<RequestState, Partial<Record<RequestEvent, RequestState>>>> = {
  pending: {
    approve: 'approved',
    consent: 'pending',
    deny: 'denied',
    cancel: 'cancelled',
    expire: 'expired',
    fail: 'failed',
  },
  approved: { start: 'running', expire: 'expired', fail: 'failed' },
  running: { finish: 'done', fail: 'failed', lose: 'unknown' },
  unknown: { 'reconcile-done': 'done', 'reconcile-undone': 'failed' },
  done: {},
  failed: {},
  denied: {},
  expired: {},
  cancelled: {},
};

/** Returns the state that an event leads to, or undefined if the event means nothing in this state. */
export const nextState = (state: RequestState, event: RequestEvent): RequestState | undefined =>
  transitions[state][event];

/** Nothing happens to a request after one of these states. */
export const isEnd = (state: RequestState): boolean => Object.keys(transitions[state]).length === 0;

/** Open requests count towards the maximum of their requester. */
export const countsAsOpen = (state: RequestState): boolean =>
  state === 'pending' || state === 'approved' || state === 'running';

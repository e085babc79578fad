import { z } from 'zod';
import { Requester } from '../../slack/requester';
import { sealed } from './open-sealed-job';

/** The payloads of the jobs about peering tokens. Each is sealed, see `open-sealed-job.ts`; none holds a secret. */

/** `ask-approval`: plan it, refuse what cannot work, and put the request's card before the approvers. */
export const AskApproval = sealed({
  kind: z.enum(['token', 'connect']),
  acceptor: z.string(),
  /** The cluster that establishes; only for `connect`. */
  dialer: z.string().nullable(),
  /** What the acceptor is to call the dialer. */
  peer: z.string(),
  /** What the dialer is to call the acceptor; only for `connect`. */
  dialerPeer: z.string().nullable(),
  /** Whoever uses the token may take the place of a peering that is in use. */
  replace: z.boolean(),
  reason: z.string(),
  ...Requester.shape,
});
export type AskApproval = z.infer<typeof AskApproval>;

/** `decide-approval`: a click on Approve, Deny or Cancel. */
export const DecideApproval = sealed({
  request: z.string(),
  verdict: z.enum(['approved', 'denied', 'cancelled']),
  reason: z.string(),
  ...Requester.shape,
});
export type DecideApproval = z.infer<typeof DecideApproval>;

/** `reveal-token`: generate it and put it into this open, empty view. */
export const RevealToken = sealed({ request: z.string(), view: z.string(), ...Requester.shape });
export type RevealToken = z.infer<typeof RevealToken>;

/** `void-token`: make a token useless that may have been generated and was not shown. */
export const VoidToken = sealed({ request: z.string(), ...Requester.shape });
export type VoidToken = z.infer<typeof VoidToken>;

/** `connect-clusters`: carry out an approved `connect`. */
export const ConnectClusters = sealed({ request: z.string() });
export type ConnectClusters = z.infer<typeof ConnectClusters>;

import { z } from 'zod';
import { sealed } from './open-sealed-job';

/** What the jobs about peering tokens are told. Every payload is sealed, see `sealed.ts`; none holds a secret. */

/** Who acts, where, and how to answer privately. */
const actor = {
  user: z.string(),
  team: z.string(),
  organisation: z.string().optional(),
  channel: z.string(),
  responseUrl: z.string().optional(),
};

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
  ...actor,
});
export type AskApproval = z.infer<typeof AskApproval>;

/** `decide-approval`: a click on Approve, Deny or Cancel. */
export const DecideApproval = sealed({
  request: z.string(),
  verdict: z.enum(['approved', 'denied', 'cancelled']),
  reason: z.string(),
  ...actor,
});
export type DecideApproval = z.infer<typeof DecideApproval>;

/** `reveal-token`: generate it and put it into this open, empty view. */
export const RevealToken = sealed({ request: z.string(), view: z.string(), ...actor });
export type RevealToken = z.infer<typeof RevealToken>;

/** `void-token`: make a token useless that may have been generated and was not shown. */
export const VoidToken = sealed({ request: z.string(), ...actor });
export type VoidToken = z.infer<typeof VoidToken>;

/** `connect-clusters`: carry out an approved `connect`. */
export const ConnectClusters = sealed({ request: z.string() });

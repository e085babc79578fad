import { z } from 'zod';
import { Requester } from '../../../slack/requester';
import { sealed } from './open-sealed-job';
import { ApprovalVerdict, PlannedRequest } from '../requests/request';

/** The payloads of the jobs about peering tokens. Each is sealed, see `open-sealed-job.ts`; none holds a secret. */

/** `ask-approval`: plan a request, refuse what cannot work, and post the request's card for the approvers. */
export const RequestApproval = sealed({ ...PlannedRequest.shape, reason: z.string(), ...Requester.shape });
export type RequestApproval = z.infer<typeof RequestApproval>;

const click = {
  request: z.string(),
  /** Of the request as the click's card or modal showed it; absent on cards of earlier versions. */
  fingerprint: z.string().optional(),
  ...Requester.shape,
};

/** `decide-approval`: a click on Approve, Deny or Cancel. */
export const DecideApproval = sealed({ ...click, verdict: ApprovalVerdict, reason: z.string() });
export type DecideApproval = z.infer<typeof DecideApproval>;

/** `reveal-token`: generate it and put it into the open, empty modal with this id. */
export const RevealToken = sealed({ ...click, view: z.string() });
export type RevealToken = z.infer<typeof RevealToken>;

/** `void-token`: make a token useless that may have been generated and was not shown. */
export const VoidToken = sealed(click);
export type VoidToken = z.infer<typeof VoidToken>;

/** `undo-export`: put the entry back as it was before an approved change. */
export const UndoExport = sealed(click);
export type UndoExport = z.infer<typeof UndoExport>;

/** `connect-clusters` and the like: carry out an approved request. */
export const RunRequest = sealed({ request: z.string() });
export type RunRequest = z.infer<typeof RunRequest>;

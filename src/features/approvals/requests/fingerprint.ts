import { digestOf } from '../../../signing/sign';
import type { ApprovalRequest } from './request';

/** Identifies the whole signed request in a button or a modal, so that a decision counts for what was shown there. */
export const fingerprintOf = (request: ApprovalRequest): string => digestOf(request).slice(0, 32);

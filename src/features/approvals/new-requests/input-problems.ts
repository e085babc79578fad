import { showInvisible } from '../../../render/escape';
import { type RequestFailure, renderFailureText } from '../../../render/failure';
import { approvalFields } from './form-parts.modal';
import type { Config } from '../../../config/config';
import type { SealServices } from '../jobs/seal-job';
import { problemsOf, type NewRequest } from './new-request';

/** Lists the problems of a submitted form, by the block where Slack shows them; `run` reports those of no block. */
export const inputProblems = (
  request: NewRequest,
  services: SealServices & { readonly config: Config },
): Readonly<Record<string, string>> | undefined => {
  const shown = problemsOf(request, services).flatMap(({ field, failure }) =>
    field === null ? [] : [[approvalFields[field], wordsOf(failure)] as const],
  );
  return shown.length === 0 ? undefined : Object.fromEntries(shown);
};

/** Leaves out the usage of the command, which does not matter in a form. */
const wordsOf = (failure: RequestFailure): string =>
  failure.kind === 'usage' ? showInvisible(failure.problem) : renderFailureText(failure);

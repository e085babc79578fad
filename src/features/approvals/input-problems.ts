import { showInvisible } from '../../render/escape';
import { type RequestFailure, renderFailureText } from '../../render/failure';
import { approvalFields } from './request-forms.modal';
import type { Config } from '../../config/config';
import type { SealServices } from './seal-job';
import { problemsOf, type Wanted } from './wanted';

/** What is wrong with a filled-in form, by the block where Slack shows it; what is about none is told by `run`. */
export const inputProblems = (
  wanted: Wanted,
  services: SealServices & { readonly config: Config },
): Readonly<Record<string, string>> | undefined => {
  const shown = problemsOf(wanted, services).flatMap(({ field, failure }) =>
    field === null ? [] : [[approvalFields[field], wordsOf(failure)] as const],
  );
  return shown.length === 0 ? undefined : Object.fromEntries(shown);
};

/** Whoever fills in a form does not need to hear how the command is typed. */
const wordsOf = (failure: RequestFailure): string =>
  failure.kind === 'usage' ? showInvisible(failure.problem) : renderFailureText(failure);

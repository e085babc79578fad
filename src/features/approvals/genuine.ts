import type { JobRun } from '../../queue/define';
import type { JobTools } from '../job-tools';
import { isGenuine } from './open-sealed-job';
import type { TokenTools } from './tools';

interface Payload {
  readonly claim: { readonly id: string; readonly job: string; readonly at: number };
  readonly signature: string;
}

/**
 * The first step of every job about peering tokens: the tools for it, where the job was made by a process that
 * knows the key. Of any other nothing is believed, not even whom to answer.
 */
export const toolsFor = async (
  payload: Payload,
  job: string,
  { tokens }: Pick<JobTools, 'tokens'>,
  run: JobRun,
): Promise<TokenTools | undefined> => {
  if (tokens === undefined) {
    run.log.error('this worker has no signing key or no approvals, so it does nothing about peering tokens');
    return undefined;
  }
  if (isGenuine(tokens.signer, payload, { id: run.id, job, at: Date.now() })) return tokens;
  run.log.error('a job was not made by this bot, or was held back for too long: nothing is done');
  await tokens.audit.append({
    action: 'refused-job',
    requestId: null,
    person: 'unknown',
    team: '',
    cluster: null,
    hash: null,
    detail: `${job} ${run.id.slice(0, 80)} is not sealed, or too old`,
  });
  return undefined;
};

/** How a job ends that was not ours. */
export const notOurs = { kind: 'done', as: 'not-genuine' } as const;

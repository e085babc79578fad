import type { ApprovalRecord } from '../../store/approvals/request';
import { connectClusters } from './connect-clusters';
import { seal } from './sealed';
import type { TokenTools } from './token-tools';

/** Queues an approved connect, once: the job's id is made of the request's. False where Redis did not take it. */
export const queueConnect = async (
  { request, state }: ApprovalRecord,
  { signer, queue }: Pick<TokenTools, 'signer' | 'queue'>,
): Promise<boolean> => {
  if (request.kind !== 'connect' || state !== 'approved') return true;
  const id = `connect-${request.id}`;
  const head = { id, job: connectClusters.name, at: Date.now() };
  const queued = await queue(connectClusters, seal(signer, head, { request: request.id }), id);
  return queued.kind !== 'failed';
};

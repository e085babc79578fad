import type { ApprovalRecord } from './request';
import { connectClusters } from './connect-clusters';
import { seal } from './open-sealed-job';
import type { TokenServices } from './services';

/** Queues an approved connect, once: the job's id contains the request's. False if Redis did not accept it. */
export const queueConnect = async (
  { request, state }: ApprovalRecord,
  { signer, queue }: Pick<TokenServices, 'signer' | 'queue'>,
): Promise<boolean> => {
  if (request.kind !== 'connect' || state !== 'approved') return true;
  const id = `connect-${request.id}`;
  const head = { id, job: connectClusters.name, at: Date.now() };
  const queued = await queue(connectClusters, seal(signer, head, { request: request.id }), id);
  return queued.kind !== 'failed';
};

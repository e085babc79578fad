import type { PlannedRequest } from './request';

/** Returns the clusters that a request is about; its requester needs a permission for each. */
export const requestClusters = ({
  acceptor,
  dialer,
}: Pick<PlannedRequest, 'acceptor' | 'dialer'>): readonly string[] =>
  dialer === null ? [acceptor] : [acceptor, dialer];

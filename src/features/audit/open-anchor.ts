import type { createClients } from '../../clusters/clients';
import type { Config } from '../../config/config';
import type { AuditAnchor } from '../../config/env';
import { failure, type Result, success } from '../../result';
import { createFileAnchor } from './anchor-file';
import { createConsulAnchor } from './anchor-consul';
import type { HeadAnchor } from './audit.store';

/** Opens the anchor that `PEERING_AUDIT_ANCHOR` names. */
export const openAnchor = (
  anchor: AuditAnchor | undefined,
  config: () => Pick<Config, 'clusters'>,
  clients: Pick<ReturnType<typeof createClients>, 'lease'>,
): Result<HeadAnchor | undefined> => {
  if (anchor === undefined) return success(undefined);
  if (anchor.kind === 'file') return success(createFileAnchor(anchor.path));
  const cluster = config().clusters.get(anchor.cluster);
  return cluster === undefined
    ? failure(`PEERING_AUDIT_ANCHOR names the cluster "${anchor.cluster}", which is not configured`)
    : success(
        createConsulAnchor(
          () => clients.lease(config().clusters.get(anchor.cluster) ?? cluster),
          anchor.path,
        ),
      );
};

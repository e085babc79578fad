import { z } from 'zod';
import type { ForetellChange } from '../../clusters/foretell-change';
import { type ReadSharedFile, SharedFile } from '../../slack/api/shared-file';
import type { ClusterRequestServices } from '../../slack/cluster-request';
import { Requester } from '../../slack/requester';

/** A request to check a cluster with the changes in files of a message. Their contents are never stored. */
export const ForetoldRequest = z.object({
  cluster: z.string(),
  files: z.array(SharedFile).min(1).max(10),
  ...Requester.shape,
});
export type ForetoldRequest = z.infer<typeof ForetoldRequest>;

export interface ForetoldServices extends ClusterRequestServices {
  readonly readSharedFile: ReadSharedFile;
  readonly foretell: ForetellChange;
}

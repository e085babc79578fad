import type { OverlayFile } from '../checks/overlay';
import type { ClusterConfig } from '../config/config';
import type { ForetoldChange } from '../report/foretold-change';
import type { Result } from '../result';
import type { Isolated } from './isolated';
import type { CheckOptions, RunCheckParts } from './run-check';
import type { UnreadableCluster } from './unreadable';

/**
 * Foretells what the changes in files would do to a cluster; nothing is written. The inner failure says what is wrong with the
 * files: file, line, and what was expected there.
 */
export type ForetellChange = (
  cluster: ClusterConfig,
  options: Omit<CheckOptions, 'peer'> & { readonly files: readonly OverlayFile[] },
) => Promise<Result<Result<ForetoldChange>, UnreadableCluster>>;

/** Creates the function that foretells a change, with the severities and mutes that checks of the cluster have too. */
export const createForetellChange =
  ({
    isolated,
    pending,
    mutesOf,
    severitiesOf,
  }: Omit<RunCheckParts, 'isolated' | 'addChanges' | 'probeFromSecond'> & {
    readonly isolated: Pick<Isolated, 'foretell'>;
  }): ForetellChange =>
  async (cluster, options) =>
    isolated.foretell(cluster, {
      ...options,
      pendingSince: await pending.read(cluster.name),
      severities: severitiesOf(cluster.name),
      mutes: await mutesOf(cluster.name, Date.now()),
    });

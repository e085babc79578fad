import { whyUnreadable } from '../clusters/unreadable';
import { showInvisible } from '../render/escape';
import type { Snapshot } from '../snapshot/snapshot';
import { type ExitCode, exit, type Terminal, type Values } from './command';
import { findCluster, openCluster } from './open-cluster';
import { withOtherSide } from './other-side';

/**
 * Reads a cluster with all configured other sides, for questions about paths. If it cannot, writes the reason to
 * standard error and returns the exit status.
 */
export const openForPaths = async (
  name: string | undefined,
  values: Values,
  terminal: Terminal,
): Promise<Snapshot | ExitCode> => {
  const target = findCluster(name, values, terminal);
  if (typeof target === 'number') return target;
  const found = await withOtherSide(target, values);
  if (typeof found === 'number') return found;
  // Reads all peers: a call may lead to another one than its name suggests.
  const snapshot = await openCluster(found.config, found.cluster, undefined, found.terminal);
  if (typeof snapshot === 'number') return snapshot;
  const unreadable = whyUnreadable(snapshot);
  if (!unreadable) return snapshot;
  terminal.err(
    `peering-bot: ${showInvisible(found.cluster.name)} could not be read: ${showInvisible(unreadable.message)}\n`,
  );
  return exit.undecided;
};

import { writeFileSync } from 'node:fs';
import { whyUnreadable } from '../../clusters/unreadable';
import { saveSnapshot } from '../../snapshot/save-snapshot';
import { type CliCommand, exit, usageError, word } from '../command';
import { findCluster, openCluster } from '../open-cluster';
import { withOtherSide } from '../other-side';

/** Reads a cluster and saves what the checks read. */
export const runSnapshot: CliCommand['run'] = async ([name], values, terminal) => {
  const target = findCluster(name, values, terminal);
  if (typeof target === 'number') return target;
  const found = await withOtherSide(target, values);
  if (typeof found === 'number') return found;
  const taken = await openCluster(found.config, found.cluster, undefined, found.terminal, { probe: true });
  if (typeof taken === 'number') return taken;
  const text = saveSnapshot(taken);
  const out = word(values, 'out');
  if (out === undefined) {
    terminal.out(text);
  } else {
    try {
      // It holds no secrets, but describes the cluster, so only the owner of the file may read it.
      writeFileSync(out, text, { mode: 0o600 });
    } catch (error) {
      return usageError(
        terminal,
        `cannot write ${out} (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      );
    }
  }
  const unreadable = whyUnreadable(taken);
  if (unreadable) terminal.err(`peering-bot: ${unreadable.message}\n`);
  return unreadable ? exit.undecided : exit.fine;
};

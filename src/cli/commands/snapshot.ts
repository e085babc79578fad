import { writeFileSync } from 'node:fs';
import { whyUnreadable } from '../../clusters/unreadable';
import { saveSnapshot } from '../../snapshot/save-snapshot';
import { defineCliCommand, exit, usageError, word, clusterArgument } from '../command';
import { findCluster, openCluster } from '../open-cluster';
import { otherSideHelp, otherSideOptions, withOtherSide } from '../other-side';

export const snapshot = defineCliCommand({
  name: 'snapshot',
  usage: '[CLUSTER] [--out FILE]',
  summary: 'Saves what the checks read, without secrets, for a bug report or for check --snapshot',
  options: { out: { type: 'string' }, ...otherSideOptions },
  argumentHelp: {
    CLUSTER: clusterArgument,
  },
  optionHelp: { out: 'FILE  where to write it (default: standard output)', ...otherSideHelp },
  takesCluster: true,
  examples: ['snapshot prod-east --out prod-east.json', 'snapshot -http-addr=http://127.0.0.1:8500'],
  positionals: [0, 1],
  async run([name], values, terminal) {
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
  },
});

import { diffStates } from '../../checks/changes/diff-states';
import { stateOf } from '../../checks/changes/state-of';
import { safeJson } from '../../render/json';
import { renderStateDiffText } from '../../render/state-diff';
import { choice, defineCliCommand, exit, usageError, word } from '../command';
import { openForPaths } from '../open-paths';
import { otherSideHelp, otherSideOptions } from '../other-side';
import { readSavedSnapshot } from '../saved-snapshot';

export const diff = defineCliCommand({
  name: 'diff',
  usage: '[CLUSTER] --before FILE [--after FILE] [--format text|json]',
  summary: 'Shows what changed in a cluster since a snapshot, with fixes that put config entries back',
  takesCluster: true,
  options: {
    before: { type: 'string' },
    after: { type: 'string' },
    ...otherSideOptions,
    format: { type: 'string' },
  },
  optionHelp: {
    before: 'FILE  the earlier snapshot, as peering-bot snapshot saved it',
    after: 'FILE  the later snapshot (default: read the cluster)',
    ...otherSideHelp,
    format: 'FORMAT  text or json (default: text)',
  },
  examples: ['diff prod-east --before monday.json', 'diff --before monday.json --after tuesday.json'],
  positionals: [0, 1],
  async run([name], values, terminal) {
    const format = choice(values, 'format', ['text', 'json'], 'text');
    if (typeof format === 'object') return usageError(terminal, format.problem);
    const [beforeFile, afterFile] = [word(values, 'before'), word(values, 'after')];
    if (beforeFile === undefined)
      return usageError(terminal, 'expected --before FILE: a snapshot that peering-bot snapshot saved');
    const before = readSavedSnapshot(name, beforeFile);
    if (!before.ok) return usageError(terminal, before.error);
    const saved =
      afterFile === undefined ? undefined : readSavedSnapshot(before.value.cluster.name, afterFile);
    if (saved?.ok === false) return usageError(terminal, saved.error);
    const after = saved?.value ?? (await openForPaths(name, values, terminal));
    if (typeof after === 'number') return after;
    const found = diffStates(
      before.value.cluster.name,
      { run: null, state: stateOf(before.value) },
      { run: null, state: stateOf(after) },
    );
    const { colour } = terminal;
    terminal.out(format === 'json' ? safeJson(found) : renderStateDiffText(found, { colour, width: 80 }));
    return exit.fine;
  },
});

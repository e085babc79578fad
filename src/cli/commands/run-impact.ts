import { findImpact } from '../../checks/impact';
import { showInvisible } from '../../render/escape';
import { renderImpactText } from '../../render/impact';
import { safeJson } from '../../render/json';
import { type Impact, stoppedPaths } from '../../report/impact';
import { type CliCommand, type ExitCode, exit, usageError, textOrJson } from '../command';
import { openForPaths } from '../open-paths';
import { textWidth } from '../text-width';

/** Returns 1 if a service stops working; 3 if none is known to, but some consumers are not visible. */
const exitOf = (impact: Impact): ExitCode => {
  if (stoppedPaths(impact).length > 0) return exit.findings;
  return impact.notVisible.length > 0 && impact.spared === '' ? exit.undecided : exit.fine;
};

/** Lists what stops working, and returns 1 if anything does. */
export const runImpact: CliCommand['run'] = async (names, values, terminal) => {
  const [name = '', cluster] = names.toReversed();
  const format = textOrJson(values, terminal);
  if (typeof format === 'number') return format;
  const snapshot = await openForPaths(cluster, values, terminal);
  if (typeof snapshot === 'number') return snapshot;
  const found = findImpact(snapshot, name);
  if (!found.ok) return usageError(terminal, showInvisible(found.error));
  const { colour } = terminal;
  terminal.out(
    format === 'json'
      ? safeJson(found.value)
      : renderImpactText(found.value, { colour, width: textWidth(terminal) }),
  );
  return exitOf(found.value);
};

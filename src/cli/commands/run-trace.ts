import { traceService } from '../../checks/trace';
import { showInvisible } from '../../render/escape';
import { safeJson } from '../../render/json';
import { renderTraceText } from '../../render/trace';
import type { Reachable } from '../../report/trace';
import { type CliCommand, type ExitCode, exit, usageError, word, textOrJson } from '../command';
import { openForPaths } from '../open-paths';
import { textWidth } from '../text-width';

const exitOf: Readonly<Record<Reachable, ExitCode>> = {
  yes: exit.fine,
  no: exit.findings,
  unknown: exit.undecided,
};

/** Follows the call, and returns 0 if it arrives, 1 if it does not, and 3 if that is unknown. */
export const runTrace: CliCommand['run'] = async (names, values, terminal) => {
  const [destination = '', service = '', cluster] = names.toReversed();
  const format = textOrJson(values, terminal);
  if (typeof format === 'number') return format;
  const snapshot = await openForPaths(cluster, values, terminal);
  if (typeof snapshot === 'number') return snapshot;
  const traced = traceService(snapshot, { service, destination, peer: word(values, 'peer') });
  if (!traced.ok) return usageError(terminal, showInvisible(traced.error));
  const { colour } = terminal;
  terminal.out(
    format === 'json'
      ? safeJson(traced.value)
      : renderTraceText(traced.value, { colour, width: textWidth(terminal) }),
  );
  return exitOf[traced.value.reachable];
};

import { traceService } from '../../checks/trace';
import { whyUnreadable } from '../../clusters/run-check';
import { didYouMean } from '../../config/suggest-name';
import { showInvisible } from '../../render/escape';
import { safeJson } from '../../render/json';
import { renderTraceText } from '../../render/trace';
import type { Reachable } from '../../report/trace';
import { defineCliCommand, type ExitCode, exit, usageError, word } from '../command';
import { findCluster, openCluster } from '../open-cluster';

const formats = ['text', 'json'] as const;

const exitOf: Readonly<Record<Reachable, ExitCode>> = {
  yes: exit.fine,
  no: exit.findings,
  unknown: exit.undecided,
};

export const trace = defineCliCommand({
  name: 'trace',
  usage: '[CLUSTER] SERVICE DESTINATION [--peer NAME] [--format text|json]',
  summary: 'Follows a call from a service to a service of a peer, hop by hop over both clusters',
  options: { peer: { type: 'string' }, format: { type: 'string' } },
  optionHelp: {
    peer: 'NAME  follow calls to this peer only',
    format: 'FORMAT  text or json (default: text)',
  },
  examples: ['trace prod-west web api', 'trace prod-west web api --peer east --format json'],
  takesCluster: true,
  positionals: [2, 3],
  async run(words, values, terminal) {
    const [destination = '', service = '', name] = words.toReversed();
    const format = word(values, 'format') ?? 'text';
    if (!formats.some((one) => one === format)) {
      return usageError(terminal, `--format takes ${formats.join(', ')}${didYouMean(format, formats)}`);
    }
    const found = findCluster(name, values, terminal);
    if (typeof found === 'number') return found;
    // All peers are read: a call may lead to another one than it seems.
    const snapshot = await openCluster(found.config, found.cluster, undefined, found.terminal);
    if (typeof snapshot === 'number') return snapshot;
    const unreadable = whyUnreadable(snapshot);
    if (unreadable) {
      terminal.err(
        `peering-bot: ${showInvisible(found.cluster.name)} could not be read: ${showInvisible(unreadable.message)}\n`,
      );
      return exit.undecided;
    }
    const peer = word(values, 'peer');
    const traced = traceService(snapshot, { service, destination, peer });
    if (!traced.ok) return usageError(terminal, showInvisible(traced.error));
    const { colour } = terminal;
    terminal.out(
      format === 'json' ? safeJson(traced.value) : renderTraceText(traced.value, { colour, width: 80 }),
    );
    return exitOf[traced.value.reachable];
  },
});

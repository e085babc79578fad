import { traceService } from '../../checks/trace';
import { showInvisible } from '../../render/escape';
import { safeJson } from '../../render/json';
import { renderTraceText } from '../../render/trace';
import type { Reachable } from '../../report/trace';
import {
  defineCliCommand,
  type ExitCode,
  exit,
  usageError,
  word,
  textOrJson,
  clusterArgument,
} from '../command';
import { openForPaths } from '../open-paths';
import { otherSideHelp, otherSideOptions } from '../other-side';
import { textWidth } from '../text-width';

const exitOf: Readonly<Record<Reachable, ExitCode>> = {
  yes: exit.fine,
  no: exit.findings,
  unknown: exit.undecided,
};

export const trace = defineCliCommand({
  name: 'trace',
  usage: '[CLUSTER] SERVICE DESTINATION [--peer NAME] [--format text|json]',
  summary: 'Follows a call from a service to a service of a peer, hop by hop over both clusters',
  options: { peer: { type: 'string' }, ...otherSideOptions, format: { type: 'string' } },
  argumentHelp: {
    CLUSTER: clusterArgument,
    SERVICE: 'the service that calls, in CLUSTER',
    DESTINATION: 'the service of the peer that it calls, by the name it has there or the one that is called',
  },
  optionHelp: {
    peer: 'NAME  follow calls to this peer only',
    ...otherSideHelp,
    format: 'FORMAT  text or json (default: text)',
  },
  takesCluster: true,
  examples: ['trace prod-west web api', 'trace prod-west web api --peer east --format json'],
  positionals: [2, 3],
  async run(names, values, terminal) {
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
  },
});

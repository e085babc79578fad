import { findImpact } from '../../checks/impact';
import { showInvisible } from '../../render/escape';
import { renderImpactText } from '../../render/impact';
import { safeJson } from '../../render/json';
import { type Impact, stoppedPaths } from '../../report/impact';
import { defineCliCommand, type ExitCode, exit, usageError, textOrJson, clusterArgument } from '../command';
import { openForPaths } from '../open-paths';
import { otherSideHelp, otherSideOptions } from '../other-side';
import { textWidth } from '../text-width';

/** Returns 1 if a service stops working; 3 if none is known to, but some consumers are not visible. */
const exitOf = (impact: Impact): ExitCode => {
  if (stoppedPaths(impact).length > 0) return exit.findings;
  return impact.notVisible.length > 0 && impact.spared === '' ? exit.undecided : exit.fine;
};

export const impact = defineCliCommand({
  name: 'impact',
  usage: '[CLUSTER] SERVICE|PEER|GATEWAY [--format text|json]',
  summary: 'Lists the services that stop working if a service, a peer or a mesh gateway goes down',
  options: { ...otherSideOptions, format: { type: 'string' } },
  argumentHelp: {
    CLUSTER: clusterArgument,
    SERVICE: 'its name, or service/NAME if a peer has the same name',
    PEER: 'its name, or peer/NAME',
    GATEWAY: 'gateway/NAME, such as gateway/mesh-gateway',
  },
  optionHelp: { ...otherSideHelp, format: 'FORMAT  text or json (default: text)' },
  takesCluster: true,
  examples: ['impact prod-east api', 'impact prod-east peer/west', 'impact prod-east gateway/mesh-gateway'],
  positionals: [1, 2],
  async run(names, values, terminal) {
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
  },
});

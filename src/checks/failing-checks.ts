import type { Remediation } from '../report/report';
import type { Maintenance } from '../snapshot/health';
import { command, shellRemediation } from './remediation/shell';

/** Maximum health checks named in a sentence. */
const maxNames = 3;

/** Lists health checks by name, each once: `"serfHealth" and "ready" and 2 more`. */
export const failingCheckNames = (names: readonly string[]): string => {
  const unique = [...new Set(names)];
  const named = unique.slice(0, maxNames).map((name) => `"${name}"`);
  return [...named, ...(unique.length > maxNames ? [`${unique.length - maxNames} more`] : [])].join(' and ');
};

/** Shows the health checks of a service and of its nodes; `-type checks` would leave the latter out. */
export const failingRemediation = (service: string, label = service): readonly Remediation[] =>
  shellRemediation(
    `See which health checks of ${label} fail, and why`,
    command(['consul', 'watch', '-type', 'service', '-service', service]),
  );

/** Ends the maintenance of an instance, which keeps it out of use even if it works. */
export const endMaintenanceRemediation = (maintenance: readonly Maintenance[] = []): readonly Remediation[] =>
  maintenance.flatMap(({ node, service }) =>
    shellRemediation(
      `End the maintenance of ${service ?? `node ${node}`}, if the work is done (on node ${node})`,
      command(['consul', 'maint', '-disable', ...(service === undefined ? [] : ['-service', service])]),
    ),
  );

import type { Remediation } from '../report/report';
import type { Maintenance } from '../snapshot/health';
import { serviceLabel } from './names';
import { command, shellRemediation } from './remediation/shell';
import { tenancyVariables } from './remediation/tenancy';

/** Maximum health checks named in a sentence. */
const maxNames = 3;

/** Lists health checks by name, each once: `"serfHealth" and "ready" and 2 more`. */
export const failingCheckNames = (names: readonly string[]): string => {
  const unique = [...new Set(names)];
  const named = unique.slice(0, maxNames).map((name) => `"${name}"`);
  return [...named, ...(unique.length > maxNames ? [`${unique.length - maxNames} more`] : [])].join(' and ');
};

/** Shows the health checks of a service and of its nodes; `-type checks` would leave the latter out. */
export const failingRemediation = (service: string, namespace?: string): readonly Remediation[] =>
  shellRemediation(
    `See which health checks of ${serviceLabel(service, namespace)} fail, and why`,
    command([...tenancyVariables({ namespace }), 'consul', 'watch', '-type', 'service', '-service', service]),
  );

/** Ends the maintenance of an instance, which keeps it out of use even if it works. */
export const endMaintenanceRemediation = (
  maintenance: readonly Maintenance[] = [],
  namespace?: string,
): readonly Remediation[] =>
  maintenance.flatMap(({ node, service }) =>
    shellRemediation(
      `End the maintenance of ${service ?? `node ${node}`}, if the work is done (on node ${node})`,
      command([
        ...(service === undefined ? [] : tenancyVariables({ namespace })),
        'consul',
        'maint',
        '-disable',
        ...(service === undefined ? [] : ['-service', service]),
      ]),
    ),
  );

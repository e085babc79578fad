import type { Remediation } from '../../report/report';
import { command, shellRemediation } from './shell';

/**
 * Says where services of a secondary datacenter can be exported from: no setting lets the secondary itself export.
 *
 * @param primary the primary datacenter of the WAN federation
 * @param secondary the datacenter whose services cannot be exported
 */
export const exportElsewhereRemediation = (primary: string, secondary: string): readonly Remediation[] =>
  shellRemediation(
    `A secondary datacenter cannot export. Run the exported services in ${primary} and peer ${primary}, or make ${secondary} a separate cluster with its own primary_datacenter. List the federation`,
    command(['consul', 'members', '-wan']),
  );

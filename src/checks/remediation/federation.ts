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
    `No setting lets a secondary export. Run the exported services in ${primary} and peer that, or make ${secondary} a cluster of its own, with a primary_datacenter of its own. See the federation`,
    command(['consul', 'members', '-wan']),
  );

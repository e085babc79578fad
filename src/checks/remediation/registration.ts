import type { Remediation } from '../../report/report';
import { type DataObject, hcl } from './hcl';
import { command, shellRemediation } from './shell';

/**
 * A service definition, and the commands that register it with the agent of its node. Checks that the service
 * has already are kept: the agent replaces them only where it is told to.
 *
 * @param definition the service, spelled as in a definition file
 * @param node where the agent runs that must take it; empty where any node will do
 */
export const registrationRemediation = (
  title: string,
  definition: DataObject & { readonly name: string },
  node: string,
): readonly Remediation[] => {
  const text = hcl({ service: definition });
  // The command reads files only, and takes their format from the extension.
  const file = 'peering-fix.hcl';
  const where = node ? ` (on node ${node})` : '';
  return [
    { title: `${title}: service definition`, language: 'hcl', code: text },
    ...shellRemediation(
      `${title}: write the definition and register it${where}`,
      command(['tee', file], text),
      command(['consul', 'services', 'register', file]),
    ),
  ];
};

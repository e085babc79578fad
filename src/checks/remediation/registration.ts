import type { Remediation } from '../../report/report';
import { type DataObject, hcl } from './hcl';
import { command, shellRemediation } from './shell';

/**
 * Writes a service definition, and the commands that register it with the agent of its node. Health checks that
 * the service has are kept: the agent replaces them only on request.
 *
 * @param definition the service, spelled as in a definition file
 * @param node the node of the agent; empty if any node will do
 * @param start the command that then starts the service
 */
export const registrationRemediation = (
  title: string,
  definition: DataObject & { readonly name: string },
  node: string,
  start?: readonly string[],
): readonly Remediation[] => {
  const text = hcl({ service: definition });
  // The command reads files only, and takes their format from the extension.
  const file = 'peering-fix.hcl';
  const where = node ? ` (on node ${node})` : '';
  return [
    { title: `${title}: service definition`, language: 'hcl', code: text },
    ...shellRemediation(
      `${title}: write the definition${start ? ', register it and start its Envoy' : ' and register it'}${where}`,
      command(['tee', file], text),
      command(['consul', 'services', 'register', file]),
      ...(start ? [command(start)] : []),
    ),
  ];
};

import type { Remediation } from '../../report/report';
import { type DataObject, hcl } from './hcl';
import { command, shellRemediation } from './shell';

/** The command reads files only, and takes their format from the extension. */
const file = 'peering-fix.hcl';

/** Returns the id or name of the service that a fix registers, with its node; undefined for other fixes. */
export const serviceRegisteredBy = ({ language, title, code }: Remediation): string | undefined => {
  if (language !== 'shell' || !code.startsWith(`tee ${file} `)) return undefined;
  const name = /^ {2}id = "(.*)"$/mu.exec(code)?.[1] ?? /^ {2}name = "(.*)"$/mu.exec(code)?.[1];
  return name === undefined ? undefined : `${name}${/ \(on node .*\)$/u.exec(title)?.[0] ?? ''}`;
};

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

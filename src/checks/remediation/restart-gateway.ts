import type { Remediation } from '../../report/report';
import { isSyntheticNode } from '../../snapshot/health';
import type { GatewayInstance } from '../../snapshot/snapshot';
import { command, shellRemediation } from './shell';
import { startEnvoyCommand } from './start-envoy';

/** Maximum instances with commands of their own. */
const maxInstances = 3;

const startAgain = ({ Service, Node }: GatewayInstance): readonly Remediation[] =>
  shellRemediation(
    `Then stop the Envoy of ${Service.ID} and start it again (on node ${Node.Node})`,
    startEnvoyCommand(Service.ID),
  );

/** Restarts the pods of gateways of a kind. `note`: where they are. */
export const restartPods = (component: string, note: string): readonly Remediation[] =>
  shellRemediation(
    `On Kubernetes: then restart the pods of the gateway (${note})`,
    command([
      'kubectl',
      'rollout',
      'restart',
      'deployment',
      '--namespace',
      'consul',
      '--selector',
      `component=${component}`,
    ]),
  );

/**
 * Starts the Envoys of a gateway service again. A running one keeps the views and certificates that it got
 * before, so a right that its token gains takes effect only then (measured on 1.20.1 for each grant).
 *
 * @param gateways instances of all mesh gateways, as far as they are visible
 */
export const restartGatewayRemediation = (
  gateway: string,
  gateways: readonly GatewayInstance[],
): readonly Remediation[] => {
  const own = gateways.filter(({ Service }) => Service.Service === gateway);
  const agents = own.filter(({ Node }) => !isSyntheticNode(Node));
  const kubernetes = restartPods('mesh-gateway', 'in the namespace of the Helm release');
  if (own.length > 0 && agents.length === 0) return kubernetes;
  return [
    ...agents.slice(0, maxInstances).flatMap(startAgain),
    ...shellRemediation(
      'With systemd: then restart the unit of the gateway (its name may differ)',
      command(['systemctl', 'restart', '--', gateway]),
    ),
    ...kubernetes,
  ];
};

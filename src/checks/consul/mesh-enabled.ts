import type { CaRoots } from '../../consul/wire';
import { defineCheck, type Draft, unknown } from '../define';
import { exampleRoots } from '../examples/parts';
import { consulDocs } from '../links';
import { command, shellRemediation } from '../remediation/shell';
import { agentSetting, helmValues } from '../remediation/settings';
import { clusterSubject } from '../subjects';

const endpoint = '/v1/connect/ca/roots';

const enable = [
  agentSetting('Configuration of every server; then restart them one at a time', {
    connect: { enabled: true },
  }),
  helmValues('On Kubernetes: Helm values that enable the mesh', { connectInject: { enabled: true } }),
];

/** The built-in provider generates a new root when the key type changes; both types here are strong. */
const rotate = shellRemediation(
  'Generate a new root with the built-in CA (if its keys are already EC 384, use "rsa" with 4096 bits)',
  command(['consul', 'connect', 'ca', 'get-config']),
  command(
    ['consul', 'connect', 'ca', 'set-config', '-config-file', '/dev/stdin'],
    JSON.stringify({ Provider: 'consul', Config: { PrivateKeyType: 'ec', PrivateKeyBits: 384 } }, null, 2),
  ),
);

const activeRoot = ({ ActiveRootID, Roots }: CaRoots): number => {
  const index = Roots.findIndex((root) => root.ID === ActiveRootID);
  return index < 0 ? Roots.findIndex((root) => root.Active) : index;
};

export const meshEnabled = defineCheck({
  id: 'mesh-enabled',
  group: 'consul',
  title: "The service mesh's certificate authority has an active, unexpired root",
  failureTitle: 'The service mesh is disabled, or its certificate authority has no valid root',
  severity: 'error',
  requirement: { source: 'field', docs: consulDocs('connect/ca'), since: '1.14.0' },
  rationale:
    "Peers identify each other's services by the certificates of the mesh. Without a valid root no proxy gets one, and all traffic between peers stops.",
  inputs: ['caRoots', 'takenAt', 'cluster'],
  examples: { pass: {}, fail: { caRoots: exampleRoots({ NotAfter: '2026-11-20T09:00:00Z' }) } },
  evaluate({ caRoots, takenAt, cluster }) {
    const subject = clusterSubject(cluster.name);
    const { roots } = caRoots;
    const failed = (
      message: string,
      path: string,
      value: Draft['evidence'][number]['value'],
      remediation: Draft['remediation'],
    ) => [{ subject, message, evidence: [{ endpoint, path, value }], remediation }];
    if (!caRoots.enabled) {
      return failed(`${cluster.name} has the service mesh disabled`, '', caRoots.refusal ?? '', enable);
    }
    const index = activeRoot(roots);
    const root = roots.Roots[index];
    if (!root) {
      return failed(
        `${cluster.name} has no active root in its certificate authority`,
        'ActiveRootID',
        roots.ActiveRootID,
        [...enable, ...rotate],
      );
    }
    const expires = Date.parse(root.NotAfter);
    if (Number.isNaN(expires))
      return unknown(`the expiry of the active root is not a date: ${root.NotAfter}`);
    return expires <= Date.parse(takenAt)
      ? failed(
          `${cluster.name} has an active root that expired at ${root.NotAfter}`,
          `Roots[${index}].NotAfter`,
          root.NotAfter,
          rotate,
        )
      : [];
  },
});

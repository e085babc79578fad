import type { CaRoots } from '../../consul/wire';
import { defineCheck, type Draft, unknown } from '../define';
import { exampleCluster, exampleRoots, exampleTakenAt } from '../examples';
import { consulDocs } from '../links';
import { command, shellRemedy } from '../remediation/shell';
import { agentSetting, helmValues } from '../settings';
import { clusterSubject } from '../subjects';

const endpoint = '/v1/connect/ca/roots';

const enable = [
  agentSetting('Configuration of every server (then restart one after another)', {
    connect: { enabled: true },
  }),
  helmValues('On Kubernetes: Helm values that run the mesh', { connectInject: { enabled: true } }),
];

/** A changed kind of key is what makes the built-in provider generate a new root; both kinds here are strong. */
const rotate = shellRemedy(
  'Generate a new root with the built-in CA (where its keys are EC 384 already, use "rsa" with 4096 bits)',
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
  severity: 'error',
  requirement: { source: 'field', docs: consulDocs('connect/ca'), since: '1.14.0' },
  rationale:
    "Peers know each other's services by the certificates of the mesh. Without a valid root no proxy gets one and all traffic between peers stops.",
  inputs: ['caRoots', 'takenAt', 'cluster'],
  examples: {
    pass: { caRoots: exampleRoots(), takenAt: exampleTakenAt, cluster: exampleCluster },
    fail: {
      caRoots: exampleRoots({ NotAfter: '2026-11-20T09:00:00Z' }),
      takenAt: exampleTakenAt,
      cluster: exampleCluster,
    },
  },
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
      return failed(`${cluster.name} has the service mesh switched off`, '', caRoots.refusal ?? '', enable);
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
    const ends = Date.parse(root.NotAfter);
    if (Number.isNaN(ends)) return unknown(`the end of the active root is no date: ${root.NotAfter}`);
    return ends <= Date.parse(takenAt)
      ? failed(
          `${cluster.name} has an active root that ended at ${root.NotAfter}`,
          `Roots[${index}].NotAfter`,
          root.NotAfter,
          rotate,
        )
      : [];
  },
});

import { defineCheck, unknown } from '../define';
import { consulDocs } from '../links';
import { reasonOf } from '../reason';
import { agentSetting, helmValues } from '../remediation/settings';
import { clusterSubject } from '../subjects';

export const peeringEnabled = defineCheck({
  id: 'peering-enabled',
  group: 'consul',
  title: 'Peering is enabled on the servers',
  failureTitle: 'Peering is disabled on the servers',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('agent/config/config-files#peering-parameters'),
    since: '1.14.0',
  },
  rationale:
    'Servers with peering disabled refuse every peering request, generate no tokens and accept no streams.',
  inputs: ['cluster'],
  // Any answer decides, whichever peerings the token may see.
  optional: ['peerings'],
  examples: {
    pass: {},
    fail: {
      peerings: { enabled: false, list: [], refusal: 'peering must be enabled to use this endpoint' },
    },
  },
  evaluate({ peerings, cluster }) {
    if (peerings.visibility === 'hidden') return unknown(reasonOf(peerings.reason));
    const { enabled, refusal = '' } = peerings.value;
    if (enabled) return [];
    return [
      {
        subject: clusterSubject(cluster.name),
        message: `${cluster.name} has peering disabled`,
        evidence: [{ endpoint: '/v1/peerings', path: '', value: refusal }],
        remediation: [
          agentSetting('Configuration of every server; then restart them one at a time', {
            peering: { enabled: true },
          }),
          helmValues('On Kubernetes: Helm values; peering needs TLS', {
            global: { peering: { enabled: true }, tls: { enabled: true } },
            connectInject: { enabled: true },
          }),
        ],
      },
    ];
  },
});

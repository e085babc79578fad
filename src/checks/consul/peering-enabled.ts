import { defineCheck } from '../define';
import { exampleCluster, examplePeering } from '../examples';
import { consulDocs } from '../links';
import { agentSetting, helmValues } from '../settings';
import { clusterSubject } from '../subjects';

export const peeringEnabled = defineCheck({
  id: 'peering-enabled',
  group: 'consul',
  title: 'Peering is enabled on the servers',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('agent/config/config-files#peering-parameters'),
    since: '1.14.0',
  },
  rationale:
    'Servers with peering switched off refuse every call about peerings, make no tokens and accept no streams.',
  inputs: ['peerings', 'cluster'],
  partial: ['peerings'],
  examples: {
    pass: { peerings: { enabled: true, list: [examplePeering()] }, cluster: exampleCluster },
    fail: {
      peerings: { enabled: false, list: [], refusal: 'peering must be enabled to use this endpoint' },
      cluster: exampleCluster,
    },
  },
  evaluate: ({ peerings, cluster }) =>
    peerings.enabled
      ? []
      : [
          {
            subject: clusterSubject(cluster.name),
            message: `${cluster.name} has peering switched off`,
            evidence: [{ endpoint: '/v1/peerings', path: '', value: peerings.refusal ?? '' }],
            remediation: [
              agentSetting('Configuration of every server (then restart one after another)', {
                peering: { enabled: true },
              }),
              helmValues('On Kubernetes: Helm values; peering needs TLS', {
                global: { peering: { enabled: true }, tls: { enabled: true } },
                connectInject: { enabled: true },
              }),
            ],
          },
        ],
});

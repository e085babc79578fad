import { defineCheck } from '../define';
import { exampleCluster } from '../examples';
import { consulDocs } from '../links';
import { command, shellRemedy } from '../remediation/shell';
import { clusterSubject } from '../subjects';

export const clusterLeader = defineCheck({
  id: 'cluster-leader',
  group: 'consul',
  title: 'The cluster has a leader',
  severity: 'error',
  requirement: { source: 'field', docs: consulDocs('architecture/consensus'), since: '1.14.0' },
  rationale:
    'The leader holds the streams to all peers. Without one nothing is replicated, no token is made, and no configuration is written.',
  inputs: ['leader', 'cluster'],
  examples: {
    pass: { leader: '10.0.1.11:8300', cluster: exampleCluster },
    fail: { leader: '', cluster: exampleCluster },
  },
  evaluate: ({ leader, cluster }) =>
    leader
      ? []
      : [
          {
            subject: clusterSubject(cluster.name),
            message: `${cluster.name} has no leader`,
            evidence: [{ endpoint: '/v1/status/leader', path: '', value: leader }],
            remediation: shellRemedy(
              'See which servers are alive and which ones the others still count on; a majority of them must run',
              command(['consul', 'members', '-detailed']),
              command(['consul', 'operator', 'raft', 'list-peers', '-stale']),
            ),
          },
        ],
});

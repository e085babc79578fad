import { defineCheck } from '../define';
import { consulDocs } from '../links';
import { command, shellRemediation } from '../remediation/shell';
import { clusterSubject } from '../subjects';

export const clusterLeader = defineCheck({
  id: 'cluster-leader',
  group: 'consul',
  title: 'The cluster has a leader',
  failureTitle: 'The cluster has no leader',
  severity: 'error',
  requirement: { source: 'field', docs: consulDocs('architecture/consensus'), since: '1.14.0' },
  rationale:
    'The leader holds the streams to all peers. Without one nothing is replicated, no token is generated, and no configuration is written.',
  inputs: ['leader', 'cluster'],
  examples: { pass: {}, fail: { leader: '' } },
  evaluate: ({ leader, cluster }) =>
    leader
      ? []
      : [
          {
            subject: clusterSubject(cluster.name),
            message: `${cluster.name} has no leader`,
            evidence: [{ endpoint: '/v1/status/leader', path: '', value: leader }],
            remediation: shellRemediation(
              'See which servers are alive and which are in the Raft configuration; a majority of these must run',
              command(['consul', 'members', '-detailed']),
              command(['consul', 'operator', 'raft', 'list-peers', '-stale']),
            ),
          },
        ],
});

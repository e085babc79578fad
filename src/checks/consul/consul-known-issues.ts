import type { Remediation } from '../../report/report';
import type { HiddenReason, Section } from '../../snapshot/snapshot';
import { defineCheck, type Draft, unknown } from '../define';
import { exampleExports, exampleServer } from '../examples/parts';
import { consulDocs } from '../links';
import { reasonOf } from '../reason';
import { command, shellRemediation } from '../remediation/shell';
import { type IssueInput, issueInputs, type KnownBug } from './define-issue';
import { knownIssues } from './known-issues';
import { isAffected } from './version-ranges';

/** The page for issues that are not filed at hashicorp/consul. */
const modeDocs = consulDocs('connect/gateways/mesh-gateway/peering-via-mesh-gateways');

/** Maximum evidence rows of one issue. */
const maxEvidence = 5;

const draftOf = (
  cluster: string,
  version: string,
  { id, severity, effect, fixedIn }: KnownBug,
  found: Draft['evidence'],
  remediation: readonly Remediation[],
): Draft => ({
  severity,
  subject: { kind: 'known-issue', name: String(id) },
  message: `known issue ${id} of Consul ${version} can affect ${cluster}: ${effect}${fixedIn === '' ? '' : `; fixed in ${fixedIn}`}`,
  evidence: [
    { endpoint: '/v1/catalog/service/consul', path: '[*].ServiceMeta.version', value: version },
    ...found.slice(0, maxEvidence),
  ],
  remediation,
  docs: typeof id === 'number' ? `https://github.com/hashicorp/consul/issues/${id}` : modeDocs,
});

const upgradeRemediation = ({ fixedIn }: KnownBug): readonly Remediation[] =>
  fixedIn === ''
    ? []
    : shellRemediation(
        `Upgrade the servers to a release with the fix (${fixedIn}): one at a time, the leader last`,
        command(['consul', 'operator', 'raft', 'list-peers']),
      );

export const consulKnownIssues = defineCheck({
  id: 'consul-known-issues',
  group: 'consul',
  title: 'No known issue of this Consul version applies to how the cluster uses peering',
  failureTitle: 'A known issue of this Consul version applies to how the cluster uses peering',
  severity: 'warning',
  requirement: {
    source: 'field',
    docs: consulDocs('release-notes'),
    since: '1.14.0',
  },
  rationale:
    'Some releases of Consul have bugs that break peering under certain conditions. Knowing the bug saves a long search, and an upgrade fixes it.',
  inputs: ['servers', 'cluster', 'takenAt'],
  optional: issueInputs,
  examples: {
    pass: {},
    fail: {
      servers: [exampleServer({ version: '1.14.1' })],
      exportedServices: [exampleExports([{ name: 'api', peers: ['west'] }])],
    },
  },
  evaluate: ({ servers, cluster, takenAt, ...sections }) => {
    const versions = [...new Set(servers.map(({ version }) => version))].sort();
    const hidden: HiddenReason[] = [];
    const drafts = knownIssues.flatMap((issue): readonly Draft[] => {
      const version = versions.find((text) => isAffected(text, issue.affected));
      if (version === undefined) return [];
      const values: Partial<Record<IssueInput, unknown>> = {};
      for (const need of issue.needs) {
        const section: Section<unknown> = sections[need];
        if (section.visibility !== 'visible' && section.reason.kind !== 'unsupported') {
          hidden.push(section.reason);
        }
        const isPartial = issue.partial?.includes(need) === true;
        if (section.visibility === 'hidden' && !isPartial) return [];
        values[need] = section.visibility === 'hidden' ? [] : section.value;
      }
      const { datacenter, enterprise } = cluster;
      const facts = { ...values, datacenter, enterprise, takenAt } as Parameters<typeof issue.holds>[0];
      const found = issue.holds(facts);
      if (found.length === 0) return [];
      return [
        draftOf(cluster.name, version, issue, found, [
          ...(issue.remediation?.(facts) ?? []),
          ...upgradeRemediation(issue),
        ]),
      ];
    });
    const [reason] = hidden;
    return reason === undefined
      ? drafts
      : unknown(`a known issue of this version may apply: ${reasonOf(reason)}`, drafts);
  },
});

import type { HiddenReason, Section } from '../../snapshot/snapshot';
import { defineCheck, type Draft, unknown } from '../define';
import { exampleExports, exampleServer } from '../examples/parts';
import { consulDocs } from '../links';
import { reasonOf } from '../reason';
import { command, shellRemediation } from '../remediation/shell';
import { type IssueSection, type KnownBug, knownIssues, type VersionRange } from './known-issues';

type Version = readonly [major: number, minor: number, patch: number];

/** Reads `1.20.1+ent` or `1.14.0-rc1`; undefined if it is not a version. */
const parseVersion = (text: string): Version | undefined => {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/u.exec(text.trim());
  return parts ? [Number(parts[1]), Number(parts[2]), Number(parts[3])] : undefined;
};

const compare = (one: Version, other: Version): number =>
  one[0] - other[0] || one[1] - other[1] || one[2] - other[2];

const isIn = (version: Version, [from, fixed]: VersionRange): boolean => {
  const [first, end] = [parseVersion(from), fixed === undefined ? undefined : parseVersion(fixed)];
  return (
    first !== undefined && compare(version, first) >= 0 && (end === undefined || compare(version, end) < 0)
  );
};

/** Maximum evidence rows of one issue. */
const maxEvidence = 5;

const draftOf = (
  cluster: string,
  version: string,
  { id, severity, effect, fixedIn }: KnownBug,
  found: Draft['evidence'],
): Draft => ({
  severity,
  subject: { kind: 'known-issue', name: String(id) },
  message: `known issue ${id} of Consul ${version} can show in ${cluster}: ${effect}${fixedIn === '' ? '' : `; fixed in ${fixedIn}`}`,
  evidence: [
    { endpoint: '/v1/catalog/service/consul', path: '[*].ServiceMeta.version', value: version },
    ...found.slice(0, maxEvidence),
  ],
  remediation:
    fixedIn === ''
      ? []
      : shellRemediation(
          `Upgrade the servers to a release with the fix (${fixedIn}): one at a time, the leader last`,
          command(['consul', 'operator', 'raft', 'list-peers']),
        ),
  docs: `https://github.com/hashicorp/consul/issues/${id}`,
});

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
  inputs: ['servers', 'cluster'],
  optional: [
    'peerings',
    'gateways',
    'exportedServices',
    'serviceResolvers',
    'serviceNames',
    'terminatingGateways',
    'httpRoutes',
    'preparedQueries',
    'intentions',
  ],
  examples: {
    pass: {},
    fail: {
      servers: [exampleServer({ version: '1.14.1' })],
      exportedServices: [exampleExports([{ name: 'api', peers: ['west'] }])],
    },
  },
  evaluate: ({ servers, cluster, ...sections }) => {
    const versions = [...new Set(servers.map(({ version }) => version))].sort();
    const hidden: HiddenReason[] = [];
    const drafts = knownIssues.flatMap((issue): readonly Draft[] => {
      const version = versions.find((text) => {
        const parsed = parseVersion(text);
        return parsed !== undefined && issue.affected.some((range) => isIn(parsed, range));
      });
      if (version === undefined) return [];
      const values: Partial<Record<IssueSection, unknown>> = {};
      for (const need of issue.needs) {
        const section: Section<unknown> = sections[need];
        if (section.visibility !== 'visible' && section.reason.kind !== 'unsupported') {
          hidden.push(section.reason);
        }
        if (section.visibility === 'hidden') return [];
        values[need] = section.value;
      }
      const found = issue.holds({ ...values, datacenter: cluster.datacenter } as Parameters<
        typeof issue.holds
      >[0]);
      return found.length === 0 ? [] : [draftOf(cluster.name, version, issue, found)];
    });
    const [reason] = hidden;
    return reason === undefined
      ? drafts
      : unknown(`a known issue of this version may apply: ${reasonOf(reason)}`, drafts);
  },
});

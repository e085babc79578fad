import type { Remediation } from '../../report/report';
import { defineCheck, type Draft, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleServer } from '../examples/parts';
import { spec } from '../links';
import { command, shellRemediation } from '../remediation/shell';
import { helmValues } from '../remediation/settings';

/** The release that made cluster peering generally available. */
const oldest = { major: 1, minor: 14 };

/** Tells whether a version such as `1.20.1+ent` or `1.14.0-rc1` is supported; undefined if it is not a version. */
const isSupported = (version: string): boolean | undefined => {
  const parts = /^v?(\d+)\.(\d+)(?:\.|$|[-+])/u.exec(version.trim());
  if (!parts) return undefined;
  const [major, minor] = [Number(parts[1]), Number(parts[2])];
  return major > oldest.major || (major === oldest.major && minor >= oldest.minor);
};

const upgrade: readonly Remediation[] = [
  ...shellRemediation(
    'See the version of each server and which one leads; upgrade one server at a time, the leader last',
    command(['consul', 'operator', 'raft', 'list-peers']),
    command(['consul', 'members', '-detailed']),
  ),
  helmValues('On Kubernetes: the image of all servers', { global: { image: 'hashicorp/consul:1.20.1' } }),
];

export const consulVersion = defineCheck({
  id: 'consul-version',
  group: 'consul',
  title: 'Every server and the answering agent run Consul 1.14 or later',
  failureTitle: 'A server or the answering agent runs a version of Consul older than 1.14',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('requirements'), since: '1.14.0' },
  rationale:
    'Consul supports cluster peering since 1.14. Older versions lack it, or have a beta whose data later servers do not read.',
  inputs: ['agent', 'servers'],
  partial: ['servers'],
  examples: {
    pass: {},
    fail: {
      servers: [
        exampleServer(),
        exampleServer({
          at: { endpoint: '/v1/catalog/service/consul', path: '[1]' },
          node: 'server-2',
          version: '1.13.9',
        }),
      ],
    },
  },
  evaluate({ agent, servers }) {
    const findings: Draft[] = [];
    const unversioned: string[] = [];
    const compare = (subject: Draft['subject'], version: string, source: Draft['evidence'][number]): void => {
      const supported = isSupported(version);
      if (supported === undefined) unversioned.push(`${subject.kind} ${subject.name}`);
      if (supported !== false) return;
      findings.push({
        subject,
        message: `${subject.name} runs Consul ${version}; cluster peering needs 1.14 or later`,
        evidence: [source],
        remediation: upgrade,
      });
    };
    for (const server of servers) {
      compare(
        { kind: 'server', name: server.node },
        server.version,
        evidence(server.at, 'ServiceMeta.version', server.version),
      );
    }
    const self = { endpoint: '/v1/agent/self', path: '' };
    const { NodeName, Version } = agent.Config;
    if (!servers.some(({ node }) => node === NodeName)) {
      compare({ kind: 'agent', name: NodeName }, Version, evidence(self, 'Config.Version', Version));
    }
    if (servers.length === 0) return unknown('the catalog shows no server', findings);
    return unversioned.length > 0
      ? unknown(`the catalog has no valid Consul version for ${unversioned.join(', ')}`, findings)
      : findings;
  },
});

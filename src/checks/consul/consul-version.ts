import type { Remediation } from '../../report/report';
import { defineCheck, type Draft, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleAgent, exampleServer } from '../examples';
import { spec } from '../links';
import { command, shellRemedy } from '../remediation/shell';
import { helmValues } from '../settings';

/** Cluster peering became generally available with it. */
const least = { major: 1, minor: 14 };

/** Whether a version such as `1.20.1+ent` or `1.14.0-rc1` is late enough; undefined where it is no version. */
const lateEnough = (version: string): boolean | undefined => {
  const parts = /^v?(\d+)\.(\d+)(?:\.|$|[-+])/u.exec(version.trim());
  if (!parts) return undefined;
  const [major, minor] = [Number(parts[1]), Number(parts[2])];
  return major > least.major || (major === least.major && minor >= least.minor);
};

const upgrade: readonly Remediation[] = [
  ...shellRemedy(
    'See which version each server runs and which one leads; upgrade one server at a time, the leader last',
    command(['consul', 'operator', 'raft', 'list-peers']),
    command(['consul', 'members', '-detailed']),
  ),
  helmValues('On Kubernetes: the image of all servers', { global: { image: 'hashicorp/consul:1.20.1' } }),
];

export const consulVersion = defineCheck({
  id: 'consul-version',
  group: 'consul',
  title: 'Every server and the answering agent run Consul 1.14 or later',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('requirements'), since: '1.14.0' },
  rationale:
    'Cluster peering is supported from Consul 1.14 on. Before that it is missing or a beta whose data later servers do not read.',
  inputs: ['agent', 'servers'],
  partial: ['servers'],
  examples: {
    pass: { agent: exampleAgent(), servers: [exampleServer(), exampleServer({ node: 'server-2' })] },
    fail: {
      agent: exampleAgent(),
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
    const unclear: string[] = [];
    const judge = (who: Draft['subject'], version: string, seen: Draft['evidence'][number]): void => {
      const late = lateEnough(version);
      if (late === undefined) unclear.push(`${who.kind} ${who.name}`);
      if (late !== false) return;
      findings.push({
        subject: who,
        message: `${who.name} runs Consul ${version}; cluster peering needs 1.14 or later`,
        evidence: [seen],
        remediation: upgrade,
      });
    };
    for (const server of servers) {
      judge(
        { kind: 'server', name: server.node },
        server.version,
        evidence(server.at, 'ServiceMeta.version', server.version),
      );
    }
    const self = { endpoint: '/v1/agent/self', path: '' };
    const { NodeName, Version } = agent.Config;
    if (!servers.some(({ node }) => node === NodeName)) {
      judge({ kind: 'agent', name: NodeName }, Version, evidence(self, 'Config.Version', Version));
    }
    if (servers.length === 0) return unknown('no server could be seen in the catalog', findings);
    return unclear.length > 0
      ? unknown(`the catalog names no Consul version for ${unclear.join(', ')}`, findings)
      : findings;
  },
});

import { randomUUID } from 'node:crypto';
import type { Finding, Severity } from '../../src/report/report';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { readPeering } from '../lab/pair';
import { waitFor } from '../lab/process';
import { applyShell, gateway, outside, register, type SideName, snippet, type Stage, toApi } from './stage';

/** One way to break a healthy pair, and what the check of the broken cluster must then say. */
export interface Break {
  readonly id: string;
  /** The change that breaks it. */
  readonly how: string;
  readonly at: SideName;
  /** `kind name` of the finding's subject. */
  readonly subject: string | RegExp;
  readonly severity?: Severity;
  /** The other side is configured too. */
  readonly both?: boolean;
  readonly break: (stage: Stage) => Promise<unknown>;
  /** Other checks that the break may fail as well. */
  readonly follows?: readonly string[];
  /**
   * Ways to apply the fix, by name; each is tried on its own. Unless told otherwise, the first shell snippet
   * is run at the broken cluster. Empty where the fix is no configuration.
   */
  readonly fix?: Readonly<Record<string, (stage: Stage, finding: Finding) => Promise<unknown>>>;
  /** The status of the check once it is fixed. Default `pass`. */
  readonly fixed?: 'pass' | 'skip';
}

type Fix = (stage: Stage, finding: Finding) => Promise<unknown>;

const byShell =
  (side: SideName): Fix =>
  (stage, finding) =>
    // The pair runs without Envoys, so the command that starts one is left out; the state lab runs it.
    applyShell(stage[side], snippet(finding, 'shell').replace(/^consul connect envoy .*$/mu, ''));

/** A config entry, written from the HCL snippet. */
const byEntry =
  (side: SideName): Fix =>
  async (stage, finding) => {
    const done = await stage[side].run(['config', 'write', '-'], snippet(finding, 'hcl'));
    if (done.status !== 0) throw new Error(done.stderr);
  };

/** A service definition, put into a file as people do. */
const byDefinition =
  (side: SideName): Fix =>
  (stage, finding) =>
    applyShell(
      stage[side],
      `cat >definition.hcl <<'UNLIKELY'\n${snippet(finding, 'hcl')}UNLIKELY\nconsul services register definition.hcl\n`,
    );

const entryWays = (side: SideName) => ({ shell: byShell(side), hcl: byEntry(side) });
const definitionWays = (side: SideName) => ({ shell: byShell(side), hcl: byDefinition(side) });

/** The snippet whose title begins so. */
const titled = (finding: Finding, start: string): string => {
  const found = finding.remediation.find(({ title }) => title.startsWith(start));
  if (!found)
    throw new Error(`no ${start} among ${finding.remediation.map(({ title }) => title).join(', ')}`);
  return found.code;
};

/** Writes proxy-defaults, and waits until the agent has mixed them into what it has registered. */
const setProxyDefaults = async (agent: ConsulAgent, defaults: object): Promise<void> => {
  await agent.call('PUT', '/v1/config', { Kind: 'proxy-defaults', Name: 'global', ...defaults });
  await waitFor('the agent to mix them in', async () => {
    const rows = await agent.call<{ ServiceProxy: { MeshGateway: { Mode?: string } } }[]>(
      'GET',
      '/v1/catalog/service/web-sidecar-proxy',
    );
    return rows[0]?.ServiceProxy.MeshGateway.Mode;
  });
};

const deregister = (agent: ConsulAgent, id: string): Promise<unknown> =>
  agent.call('PUT', `/v1/agent/service/deregister/${id}`);

export const breaks: readonly Break[] = [
  {
    id: 'intentions-allow-peer',
    how: 'the intention names a peer that is no peering',
    at: 'east',
    both: true,
    subject: 'intention web of west → api',
    break: ({ east }) =>
      east.call('PUT', '/v1/config', {
        Kind: 'service-intentions',
        Name: 'api',
        Sources: [{ Name: 'web', Peer: 'cluster-02', Action: 'allow' }],
      }),
    fix: entryWays('east'),
  },
  {
    id: 'intentions-allow-peer',
    how: 'an exact deny beside a wildcard that allows, seen from the consumer',
    at: 'west',
    both: true,
    subject: 'intention web of west → api',
    break: ({ east }) =>
      east.call('PUT', '/v1/config', {
        Kind: 'service-intentions',
        Name: 'api',
        Sources: [
          { Name: '*', Peer: 'west', Action: 'allow' },
          { Name: 'web', Peer: 'west', Action: 'deny' },
        ],
      }),
    fix: entryWays('east'),
  },
  {
    id: 'intentions-allow-peer',
    how: 'nobody of the peer is allowed, and no consumer is known',
    at: 'east',
    severity: 'warning',
    subject: 'service api',
    break: ({ east }) => east.call('DELETE', '/v1/config/service-intentions/api'),
    fix: entryWays('east'),
  },
  {
    id: 'exported-services-defined',
    how: 'the entry is deleted',
    at: 'east',
    subject: 'peering west',
    break: ({ east }) => east.call('DELETE', '/v1/config/exported-services/default'),
    fix: entryWays('east'),
  },
  {
    id: 'exported-services-defined',
    how: 'the entry names another peer only, and the other side has an upstream here',
    at: 'east',
    both: true,
    subject: 'peering west',
    break: ({ exportFromEast }) => exportFromEast({ api: ['elsewhere-entirely'] }),
    follows: ['exported-services-peer-known'],
    fix: entryWays('east'),
  },
  {
    id: 'exported-services-defined',
    how: 'no consumer exists',
    at: 'east',
    subject: 'exported-services default',
    break: ({ exportFromEast }) => exportFromEast({ api: ['wset'] }),
    follows: ['exported-services-peer-known'],
    fix: entryWays('east'),
  },
  {
    id: 'exported-services-peer-known',
    how: 'the only consumer is misspelt',
    at: 'east',
    subject: 'exported-services default → wset',
    break: ({ exportFromEast }) => exportFromEast({ api: ['wset'] }),
    follows: ['exported-services-defined'],
    fix: entryWays('east'),
  },
  {
    id: 'exported-services-peer-known',
    how: 'the only consumer is nothing like a peer',
    at: 'east',
    subject: 'exported-services default → elsewhere-entirely',
    break: ({ exportFromEast }) => exportFromEast({ api: ['elsewhere-entirely'] }),
    follows: ['exported-services-defined'],
    fix: entryWays('east'),
    // Nothing is exported then, which is a matter of exported-services-defined.
    fixed: 'skip',
  },
  {
    id: 'exported-services-peer-known',
    how: 'one of two consumers does not exist',
    at: 'east',
    subject: 'exported-services default → elsewhere-entirely',
    severity: 'warning',
    break: ({ exportFromEast }) => exportFromEast({ api: ['west', 'elsewhere-entirely'] }),
    fix: entryWays('east'),
  },
  {
    id: 'exported-services-exist',
    how: 'the name is misspelt',
    at: 'east',
    subject: 'service apii',
    severity: 'warning',
    break: ({ exportFromEast }) => exportFromEast({ api: ['west'], apii: ['west'] }),
    fix: entryWays('east'),
  },
  {
    id: 'exported-services-exist',
    how: 'the name differs in case',
    at: 'east',
    subject: 'service Api',
    severity: 'warning',
    break: ({ exportFromEast }) => exportFromEast({ Api: ['west'] }),
    fix: entryWays('east'),
  },
  {
    id: 'exported-services-in-mesh',
    how: 'its sidecar fails a check',
    at: 'east',
    subject: 'service api',
    severity: 'warning',
    break: ({ east }) => east.call('PUT', '/v1/agent/check/fail/service:api-sidecar-proxy'),
    fix: {},
  },
  {
    id: 'exported-services-in-mesh',
    how: 'the service has no sidecar',
    at: 'east',
    subject: 'service api',
    severity: 'warning',
    break: ({ east }) => deregister(east, 'api-sidecar-proxy'),
    fix: definitionWays('east'),
  },
  {
    id: 'exported-services-in-mesh',
    how: 'the service has no sidecar, and the other side calls it',
    at: 'east',
    both: true,
    subject: 'service api',
    break: ({ east }) => deregister(east, 'api-sidecar-proxy'),
    fix: definitionWays('east'),
  },
  {
    id: 'upstream-destination-peer',
    how: 'the upstream names no peer',
    at: 'west',
    subject: 'upstream web-sidecar-proxy → api',
    break: ({ callFromWest }) => callFromWest({ DestinationName: 'api', LocalBindPort: 9191 }),
    fix: definitionWays('west'),
  },
  {
    id: 'upstream-destination-peer',
    how: 'the upstream names a peer that does not exist',
    at: 'west',
    subject: 'upstream web-sidecar-proxy → api',
    break: ({ callFromWest }) => callFromWest({ ...toApi, DestinationPeer: 'esat' }),
    fix: definitionWays('west'),
  },
  {
    id: 'upstream-destination-peer',
    how: 'the upstream names the peer as a datacenter, as it was with federation',
    at: 'west',
    subject: 'upstream web-sidecar-proxy → api',
    break: ({ callFromWest }) =>
      callFromWest({ DestinationName: 'api', Datacenter: 'east', LocalBindPort: 9191 }),
    fix: definitionWays('west'),
  },
  {
    id: 'upstream-destination-peer',
    how: 'a sidecar in the catalog alone names no peer',
    at: 'west',
    subject: 'upstream job-sidecar-proxy → api',
    break: ({ west }) =>
      west.call('PUT', '/v1/catalog/register', {
        Node: outside,
        Address: '192.0.2.77',
        Service: {
          Kind: 'connect-proxy',
          ID: 'job-1',
          Service: 'job-sidecar-proxy',
          Port: 21_005,
          Proxy: {
            DestinationServiceName: 'job',
            Upstreams: [{ DestinationName: 'api', LocalBindPort: 9191 }],
          },
        },
      }),
  },
  {
    id: 'upstream-imported',
    how: 'the destination is misspelt',
    at: 'west',
    subject: 'upstream web-sidecar-proxy → apii',
    break: ({ callFromWest }) => callFromWest({ ...toApi, DestinationName: 'apii' }),
    fix: definitionWays('west'),
  },
  {
    id: 'upstream-imported',
    how: 'the peer exports something else',
    at: 'west',
    subject: 'upstream web-sidecar-proxy → api',
    break: ({ exportFromEast }) => exportFromEast({ reports: ['west', 'lab'] }),
    fix: { 'shell, at the other side': byShell('east') },
  },
  {
    id: 'upstream-imported',
    how: 'the peer exports nothing',
    at: 'west',
    subject: 'upstream web-sidecar-proxy → api',
    break: ({ east }) => east.call('DELETE', '/v1/config/exported-services/default'),
    fix: { 'shell, at the other side': byShell('east') },
  },
  {
    id: 'upstream-imported',
    how: 'the peer exports it to others, and is configured',
    at: 'west',
    both: true,
    subject: 'upstream web-sidecar-proxy → api',
    break: ({ exportFromEast }) => exportFromEast({ api: ['lab'] }),
    fix: { 'shell, at the other side': byShell('east'), 'hcl, at the other side': byEntry('east') },
  },
  {
    id: 'upstream-imported',
    how: 'the peer cannot export it, as it fails over to another datacenter',
    at: 'west',
    both: true,
    subject: 'upstream web-sidecar-proxy → api',
    break: async ({ east }) => {
      await east.call('DELETE', '/v1/config/exported-services/default');
      const Failover = { '*': { Datacenters: ['dc2'] } };
      await east.call('PUT', '/v1/config', { Kind: 'service-resolver', Name: 'api', Failover });
    },
    fix: {
      'the steps, at the other side': async ({ east }, { remediation }) => {
        for (const { language, code } of remediation) if (language === 'shell') await applyShell(east, code);
      },
    },
  },
  {
    id: 'peering-active',
    how: 'the other side has deleted it',
    at: 'west',
    subject: 'peering east',
    break: ({ east }) => east.call('DELETE', '/v1/peering/west'),
    follows: ['mesh-gateway-healthy'],
    fix: {
      'the steps, each at its side': async ({ east, west }, finding) => {
        const token = await applyShell(east, titled(finding, 'First, in east'));
        await applyShell(west, `PEERING_TOKEN=${token.trim()}\n${titled(finding, 'Then, in this cluster')}`);
      },
    },
  },
  {
    id: 'upstream-destination-peer',
    how: 'this side has deleted the peering, which the other side keeps as TERMINATED',
    at: 'west',
    subject: 'upstream web-sidecar-proxy → api',
    break: async ({ east, west }) => {
      await west.call('DELETE', '/v1/peering/east');
      await waitFor('the peering to end in east', async () => {
        const { State } = await readPeering(east, 'west');
        return State === 'TERMINATED';
      });
    },
    follows: ['mesh-gateway-healthy'],
    fix: {
      'the steps, each at its side': async ({ east, west }, finding) => {
        const token = await applyShell(east, titled(finding, 'First, in east'));
        await applyShell(west, `PEERING_TOKEN=${token.trim()}\n${titled(finding, 'Then, in this cluster')}`);
      },
    },
  },
  {
    id: 'mesh-gateway-wan-address',
    how: 'it is link-local',
    at: 'east',
    subject: /^mesh-gateway mesh-gateway on east-server/u,
    break: ({ east }) => register(east, gateway('169.254.7.7')),
    // The command starts Envoy in the foreground, as the state lab does.
    fix: {},
  },
  {
    id: 'peer-through-mesh-gateways',
    how: 'it is on, and there is no gateway',
    at: 'west',
    subject: 'cluster west',
    break: async ({ west }) => {
      await west.call('PUT', '/v1/config', { Kind: 'mesh', Peering: { PeerThroughMeshGateways: true } });
      await deregister(west, 'mesh-gateway');
    },
    // The new one has no Envoy yet, and its check says so.
    follows: ['mesh-gateway-healthy'],
    fix: {},
  },
  {
    id: 'peering-server-addresses',
    how: 'the servers hand out loopback, as these do',
    at: 'west',
    subject: 'peering east',
    severity: 'warning',
    break: async () => undefined,
    fix: {},
  },
  {
    id: 'local-agent',
    how: 'the agent of a gateway is dead',
    at: 'east',
    subject: /^mesh-gateway mesh-gateway on gw-/u,
    break: async ({ east }) => {
      // A name of its own each time: servers remember a dead agent by its name.
      const nodeName = `gw-${randomUUID().slice(0, 8)}`;
      const agent = await startConsul({ clientOf: east, nodeName });
      await register(agent, gateway('203.0.113.9'));
      await waitFor('the gateway in the catalog', async () => {
        const rows = await east.call<{ Node: string }[]>('GET', '/v1/catalog/service/mesh-gateway');
        return rows.some(({ Node }) => Node === nodeName);
      });
      await agent.stop();
    },
    fix: {
      'taking the node out': async ({ east }, finding) => {
        await applyShell(east, titled(finding, 'Only if the node is gone'));
      },
    },
  },
  {
    id: 'mesh-gateway-registered',
    how: 'it is deregistered',
    at: 'east',
    subject: 'cluster east',
    break: ({ east }) => deregister(east, 'mesh-gateway'),
    // The new one has no Envoy yet, and its check says so.
    follows: ['mesh-gateway-healthy'],
    fix: definitionWays('east'),
  },
  {
    id: 'mesh-gateway-mode',
    how: 'proxy-defaults set none',
    at: 'west',
    subject: 'proxy-defaults global',
    break: ({ west }) =>
      setProxyDefaults(west, { Config: { local_connect_timeout_ms: 1234 }, MeshGateway: { Mode: 'none' } }),
    fix: entryWays('west'),
  },
  {
    id: 'mesh-gateway-mode',
    how: 'proxy-defaults set none and hold what is withheld',
    at: 'west',
    subject: 'proxy-defaults global',
    break: ({ west }) =>
      setProxyDefaults(west, {
        Config: { envoy_stats_flush_interval: '5 s', local_connect_timeout_ms: 1234 },
        MeshGateway: { Mode: 'none' },
      }),
  },
  {
    id: 'mesh-gateway-local-registered',
    how: 'local mode without a gateway',
    at: 'west',
    subject: 'cluster west',
    break: async ({ west }) => {
      await deregister(west, 'mesh-gateway');
      await setProxyDefaults(west, { MeshGateway: { Mode: 'local' } });
    },
    follows: ['mesh-gateway-healthy'],
    fix: definitionWays('west'),
  },
  {
    id: 'mesh-gateway-local-config',
    how: 'local mode, and a gateway without options',
    at: 'west',
    subject: 'mesh-gateway mesh-gateway on west-server',
    severity: 'warning',
    break: ({ west }) => setProxyDefaults(west, { MeshGateway: { Mode: 'local' } }),
    fix: definitionWays('west'),
  },
];

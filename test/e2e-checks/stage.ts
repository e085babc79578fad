import { runChecks } from '../../src/checks/runner';
import type { Finding, Remediation, Report, CheckResult } from '../../src/report/report';
import type { Snapshot } from '../../src/snapshot/snapshot';
import type { ConsulAgent } from '../lab/consul';
import { passing, type PeeredPair, peer, readPeering, startPeeredPair } from '../lab/pair';
import { waitFor } from '../lab/process';
import { gatherFrom } from '../snapshot/reading';

/** A real peered pair to break and fix: `east` exports `api`, which `web` in `west` calls. */

export type SideName = 'east' | 'west';

export interface Upstream {
  readonly DestinationName: string;
  readonly DestinationPeer?: string;
  readonly Datacenter?: string;
  readonly LocalBindPort: number;
}

export interface Stage {
  readonly pair: PeeredPair;
  readonly east: ConsulAgent;
  readonly west: ConsulAgent;
  /** Registers `web` in west with these upstreams. */
  readonly callFromWest: (...upstreams: readonly Upstream[]) => Promise<void>;
  /** Writes the `exported-services` entry of east. */
  readonly exportFromEast: (services: Readonly<Record<string, readonly string[]>>) => Promise<void>;
  /** The report of one side; with `both`, the other side is configured too. */
  readonly check: (side: SideName, options?: CheckOptions) => Promise<Report>;
  readonly snapshot: (side: SideName, options?: CheckOptions) => Promise<Snapshot>;
  /** Puts both clusters into good order again. */
  readonly reset: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

interface CheckOptions {
  readonly both?: boolean | undefined;
  readonly peer?: string | undefined;
}

export const toApi: Upstream = { DestinationName: 'api', DestinationPeer: 'east', LocalBindPort: 9191 };

export const gateway = (wan: string) => ({
  Kind: 'mesh-gateway',
  Name: 'mesh-gateway',
  Address: '127.0.0.1',
  Port: 8443,
  TaggedAddresses: { lan: { Address: '127.0.0.1', Port: 8443 }, wan: { Address: wan, Port: 8443 } },
  Check: passing,
});

const api = {
  Name: 'api',
  Port: 9090,
  Check: passing,
  Connect: { SidecarService: { Port: 21_000, Check: passing } },
};

export const register = (agent: ConsulAgent, service: object): Promise<unknown> =>
  agent.call('PUT', '/v1/agent/service/register?replace-existing-checks=true', service);

/** A node without an agent. */
export const outside = 'outside';

/** Kinds of config entries that the pair has none of to begin with, in an order in which they can be deleted. */
const otherKinds = ['service-router', 'service-resolver', 'service-defaults', 'proxy-defaults', 'mesh'];

/** Takes out what a test has added to a cluster, but for the services given. */
const tidy = async (agent: ConsulAgent, services: readonly string[]): Promise<void> => {
  for (const kind of otherKinds) {
    const entries = await agent.call<{ Name?: string }[]>('GET', `/v1/config/${kind}`);
    for (const { Name = 'mesh' } of entries) await agent.request('DELETE', `/v1/config/${kind}/${Name}`);
  }
  for (const { Node } of await agent.call<{ Node: string }[]>('GET', '/v1/catalog/nodes')) {
    if (Node !== agent.nodeName) await agent.call('PUT', '/v1/catalog/deregister', { Node });
  }
  for (const id of Object.keys(await agent.call<object>('GET', '/v1/agent/services'))) {
    // A sidecar goes with its service.
    if (!services.includes(id)) await agent.request('PUT', `/v1/agent/service/deregister/${id}`);
  }
};

/** Lets services of west call `api`, and no others. */
export const allowToApi = (east: ConsulAgent, names: readonly string[]): Promise<unknown> =>
  east.call('PUT', '/v1/config', {
    Kind: 'service-intentions',
    Name: 'api',
    Sources: names.map((Name) => ({ Name, Peer: 'west', Action: 'allow' })),
  });

export const startStage = async (options?: Parameters<typeof startPeeredPair>[0]): Promise<Stage> => {
  const pair = await startPeeredPair(options);
  const agents = { east: pair.east.agent, west: pair.west.agent };
  const { east, west } = agents;

  const callFromWest: Stage['callFromWest'] = async (...upstreams) => {
    await register(west, {
      Name: 'web',
      Port: 9090,
      Check: passing,
      Connect: { SidecarService: { Port: 21_000, Check: passing, Proxy: { Upstreams: upstreams } } },
    });
  };

  const exportFromEast: Stage['exportFromEast'] = async (services) => {
    await east.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: Object.entries(services).map(([Name, peers]) => ({
        Name,
        Consumers: peers.map((Peer) => ({ Peer })),
      })),
    });
  };

  const snapshot: Stage['snapshot'] = async (side, { both = false } = {}) => {
    const own = await gatherFrom(agents[side]);
    if (!both)
      return { ...own, sections: { ...own.sections, otherSides: { visibility: 'visible', value: [] } } };
    const far = side === 'east' ? 'west' : 'east';
    const other = {
      peer: far,
      cluster: far,
      snapshot: { visibility: 'visible' as const, value: await gatherFrom(agents[far]) },
    };
    return { ...own, sections: { ...own.sections, otherSides: { visibility: 'visible', value: [other] } } };
  };

  const replicated = async (): Promise<boolean> =>
    (await readPeering(west, 'east')).StreamStatus?.ImportedServices?.join() === 'api';

  const repeer = async (): Promise<void> => {
    const [ours, theirs] = await Promise.all([
      east.request<{ State: string }>('GET', '/v1/peering/west'),
      west.request<{ State: string }>('GET', '/v1/peering/east'),
    ]);
    if (ours.body.State === 'ACTIVE' && theirs.body.State === 'ACTIVE') return;
    await Promise.all([
      east.request('DELETE', '/v1/peering/west'),
      west.request('DELETE', '/v1/peering/east'),
    ]);
    const gone = async (): Promise<boolean> =>
      (await east.request('GET', '/v1/peering/west')).status === 404 &&
      (await west.request('GET', '/v1/peering/east')).status === 404;
    await waitFor('the old peering to be gone', gone, { timeoutMs: 30_000 });
    await peer(east, 'west', west, 'east');
  };

  return {
    pair,
    east,
    west,
    callFromWest,
    exportFromEast,
    snapshot,
    check: async (side, options = {}) =>
      runChecks(await snapshot(side, options), {
        peer: options.peer,
        onBug: (id, error) => {
          throw new Error(`${id} threw`, { cause: error });
        },
      }),
    reset: async () => {
      await tidy(east, ['mesh-gateway', 'api', 'api-sidecar-proxy']);
      await tidy(west, ['mesh-gateway', 'web', 'web-sidecar-proxy']);
      await register(east, gateway('192.0.2.10'));
      await register(west, gateway('198.51.100.10'));
      await register(east, api);
      await east.call('PUT', '/v1/agent/check/pass/service:api-sidecar-proxy');
      await callFromWest(toApi);
      await west.call('PUT', '/v1/agent/check/pass/service:web-sidecar-proxy');
      for (const agent of [east, west]) await agent.call('PUT', '/v1/agent/check/pass/service:mesh-gateway');
      await exportFromEast({ api: ['west'] });
      await allowToApi(east, ['web']);
      await repeer();
      await waitFor('api to be replicated', replicated, { timeoutMs: 30_000 });
    },
    stop: pair.stop,
  };
};

export const resultOf = (report: Report, id: string): CheckResult => {
  const result = report.results.find((one) => one.id === id);
  if (!result) throw new Error(`no result of ${id}`);
  return result;
};

/** `id kind name` of every error. */
export const errorsIn = (report: Report): readonly string[] =>
  report.results.flatMap(({ id, findings }) =>
    findings
      .filter(({ severity }) => severity === 'error')
      .map(({ subject }) => `${id} ${subject.kind} ${subject.name}`),
  );

export const findingOf = (report: Report, id: string, subject: string | RegExp): Finding | undefined =>
  resultOf(report, id).findings.find(({ subject: { kind, name } }) =>
    typeof subject === 'string' ? `${kind} ${name}` === subject : subject.test(`${kind} ${name}`),
  );

/** The first snippet in a language. */
export const snippet = (finding: Finding, language: Remediation['language']): string => {
  const found = finding.remediation.find((one) => one.language === language);
  if (!found)
    throw new Error(`no ${language} among ${finding.remediation.map(({ title }) => title).join(', ')}`);
  return found.code;
};

/** Runs shell text as it stands. @throws where it fails, with what it wrote. */
export const applyShell = async (agent: ConsulAgent, script: string): Promise<string> => {
  const { status, stdout, stderr } = await agent.shell(script);
  if (status !== 0) throw new Error(`status ${status} of:\n${script}\n${stdout}\n${stderr}`);
  return stdout;
};

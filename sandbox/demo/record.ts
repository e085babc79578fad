import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { isObject, textOf } from '../workspace/blocks/schema';
import type { DemoCluster } from './clusters';
import { authorizePath, type Recording } from './recording';
import type { Running } from './step';

/** Makes recordings: a proxy between the bot and each real cluster keeps what was answered. */

export interface Recorder extends Running {
  /** The clusters behind the proxies. */
  readonly list: readonly DemoCluster[];
  /** Writes one file a cluster. @throws where a secret would be in it. */
  readonly save: (folder: string, recordedWith: string) => Promise<readonly string[]>;
}

type Answers = Record<string, Recording['answers'][string]>;

const keptHeaders = /^(?:content-type|date|x-consul-.*)$/;

/** Removes the secrets of tokens, which Consul returns with each token. */
const withoutSecrets = (json: string): string =>
  json.replace(/"SecretID":\s*"[^"]*"/g, '"SecretID":"<hidden>"');

const isJson = (answer: Response): boolean => /json/.test(answer.headers.get('content-type') ?? '');

/** Settings of an agent that checks read. */
const keptSettings = ['DefaultIntentionPolicy', 'ACLResolverSettings'];

/** An agent's own description holds all its settings, of which few are read. */
const withFewSettings = (body: unknown): unknown => {
  if (!isObject(body) || !isObject(body['DebugConfig'])) return body;
  const settings = Object.entries(body['DebugConfig']).filter(([name]) => keptSettings.includes(name));
  return { ...body, DebugConfig: Object.fromEntries(settings) };
};

/** Authorization questions come in lists of any make-up: all answers to single questions are kept as one list. */
const joined = (before: unknown, now: unknown): unknown => {
  if (!Array.isArray(before) || !Array.isArray(now)) return now;
  const known = new Map([...before, ...now].map((entry: unknown) => [JSON.stringify(entry), entry]));
  return [...known.values()];
};

const startProxy = async (cluster: DemoCluster, answers: Answers) => {
  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const method = request.method ?? 'GET';
    const token = request.headers['x-consul-token'];
    const answer = await fetch(`${cluster.address}${request.url}`, {
      method,
      headers: typeof token === 'string' ? { 'x-consul-token': token } : {},
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
    });
    const text = await answer.text();
    const headers = Object.fromEntries([...answer.headers].filter(([name]) => keptHeaders.test(name)));
    const key = `${method} ${request.url}`;
    const body = isJson(answer) ? withFewSettings(JSON.parse(withoutSecrets(text))) : text;
    const whole = request.url === authorizePath ? joined(answers[key]?.body, body) : body;
    answers[key] = { status: answer.status, headers, body: whole };
    response.writeHead(answer.status, headers).end(text);
  };
  const server = createServer((request, response) => {
    forward(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

/** Requests that are recorded in any case, as the reads of the bot depend on which answer comes first. */
const always = [
  '/v1/acl/policies',
  '/v1/acl/roles',
  '/v1/acl/tokens',
  // Nodes of Kubernetes, which are read once a peering is gone.
  `/v1/catalog/nodes?${new URLSearchParams({ filter: '"synthetic-node" in Meta or "pod-name" in Meta' }).toString()}`,
  '/v1/catalog/services',
  // Registrations that may matter whatever the names, which is read while the names are not known yet.
  `/v1/catalog/services?${new URLSearchParams({
    filter:
      'ServiceKind == "connect-proxy" and (ServiceProxy.Upstreams is not empty) or ServiceKind == "mesh-gateway"',
  }).toString()}`,
  '/v1/config/service-intentions',
  '/v1/exported-services',
  // The addresses in a token, for those who approve it.
  '/v1/health/service/consul',
  '/v1/peerings',
  '/v1/status/leader',
];

const askAlways = async ({ token }: DemoCluster, address: string): Promise<void> => {
  const ask = async (path: string): Promise<unknown> => {
    const answer = await fetch(`${address}${path}`, { headers: { 'x-consul-token': token } });
    return isJson(answer) ? answer.json() : answer.text();
  };
  const answers = await Promise.all(always.map(ask));
  const rows = answers.flatMap((body) => (Array.isArray(body) ? body.filter(isObject) : []));
  const peerings = rows
    .filter((row) => row['State'] !== undefined)
    .map((row) => `/v1/peering/${textOf(row['Name'])}`);
  const tokens = rows
    .filter((row) => row['SecretID'] !== undefined)
    .map((row) => `/v1/acl/token/${textOf(row['AccessorID'])}?expanded=true`);
  await Promise.all([...peerings, ...tokens].map(ask));
};

export const startRecorder = async (clusters: readonly DemoCluster[]): Promise<Recorder> => {
  const behind = await Promise.all(
    clusters.map(async (cluster) => {
      const answers: Answers = {};
      return { cluster, answers, proxy: await startProxy(cluster, answers) };
    }),
  );
  const secrets = clusters.flatMap(({ token, peeringToken }) => [token, peeringToken]);
  return {
    list: behind.map(({ cluster, proxy }) => ({ ...cluster, address: proxy.address })),
    save: async (folder, recordedWith) => {
      await Promise.all(behind.map(({ cluster, proxy }) => askAlways(cluster, proxy.address)));
      await mkdir(folder, { recursive: true });
      return Promise.all(
        behind.map(async ({ cluster, answers }) => {
          const recording: Recording = {
            cluster: cluster.name,
            recordedWith,
            about: cluster.about,
            gatewayTokens: cluster.gatewayTokens.map((entry) => ({ ...entry })),
            answers: Object.fromEntries(
              Object.entries(answers).sort(([one], [other]) => (one < other ? -1 : 1)),
            ),
          };
          const json = `${JSON.stringify(recording, undefined, 1)}\n`;
          if (secrets.some((secret) => json.includes(secret)))
            throw new Error(`the recording of ${cluster.name} would hold a secret`);
          const path = join(folder, `${cluster.name}.json`);
          await writeFile(path, json);
          return path;
        }),
      );
    },
    stop: async () => {
      await Promise.all(behind.map(({ proxy }) => proxy.stop()));
    },
  };
};

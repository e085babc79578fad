import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createModel, type Model, type Right } from './model/model';
import { requestKey } from './model/recorded-cluster';
import type { Running } from './step';

/** Recorded Consul clusters: requests get the answers that real servers gave. */

export const Recording = z.object({
  /** The name that it is configured under. */
  cluster: z.string(),
  /** The version that recorded it, such as `Consul 1.20.1`. */
  recordedWith: z.string(),
  /** One line that describes the cluster. */
  about: z.string().optional(),
  /** When (ISO 8601), for answers without a `date` header. */
  recordedAt: z.string().optional(),
  /** Which token a mesh gateway uses, as clusters.yml says it. */
  gatewayTokens: z.array(z.record(z.string(), z.string())).optional(),
  /** By method and path with its query: `GET /v1/peerings`. */
  answers: z.record(
    z.string(),
    z.object({ status: z.number().int(), headers: z.record(z.string(), z.string()), body: z.unknown() }),
  ),
});
export type Recording = z.infer<typeof Recording>;

/** The endpoint that answers questions about the rights of a token, in lists of any content. */
export const authorizePath = '/v1/internal/acl/authorize';

/** All recordings of a folder, by name. */
export const readRecordings = async (folder: string): Promise<readonly Recording[]> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => Recording.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))),
  );
};

/** Moments in JSON: RFC 3339, but not Go's zero time, which means never. */
const moments = /"((?!0001-)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))"/g;

/** Moves every time stamp on by `ms`: a heartbeat of 3 s before the recording is one of 3 s before now. */
export const moveMoments = (json: string, ms: number): string =>
  json.replace(moments, (whole, moment: string) => {
    const at = Date.parse(moment);
    return Number.isNaN(at) ? whole : `"${new Date(at + ms).toISOString()}"`;
  });

const Questions = z.array(
  z.object({
    Resource: z.string(),
    Access: z.string(),
    Segment: z.string().optional(),
    Allow: z.boolean().optional(),
  }),
);
const nameOf = ({ Resource, Access, Segment }: z.infer<typeof Questions>[number]): string =>
  JSON.stringify([Resource, Access, Segment ?? '']);

export interface ServedCluster extends Running {
  readonly address: string;
  /** Requests that are not in the recording: `GET /v1/…`. */
  readonly missing: () => readonly string[];
}

export interface ServeOptions {
  /** The token that requests must carry. */
  readonly token: string;
  /** ms before each answer, as a network would take. */
  readonly delayMs: number;
  /** Answers writes; without it there are none. */
  readonly writes?: {
    readonly model: Model;
    /** For approved requests of the bot. */
    readonly peeringToken: string;
    /** For people who apply a fix. */
    readonly manageToken: string;
  };
}

const notPassedOn = new Set([
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'date',
  'vary',
]);

const readText = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

/** Answers each question of the list as the recording answers it; a question that is not recorded is denied. */
const authorize = (questionsJson: string, recorded: unknown, right: Right): string => {
  const questions = Questions.parse(JSON.parse(questionsJson));
  const known = Questions.parse(recorded);
  const granted = ({ Resource }: z.infer<typeof Questions>[number]): boolean =>
    right !== 'recorded' && (Resource === 'peering' || Resource === 'mesh');
  return JSON.stringify(
    questions.map((question) => ({
      ...question,
      Allow: granted(question) || (known.find((one) => nameOf(one) === nameOf(question))?.Allow ?? false),
    })),
  );
};

const say = (
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(body);
};

/** Serves a recording on a free port of loopback. */
export const serveRecording = async (recording: Recording, options: ServeOptions): Promise<ServedCluster> => {
  const { writes } = options;
  const model = writes?.model ?? createModel([recording]);
  const rights = new Map<string, Right>([
    [options.token, 'recorded'],
    ...(writes
      ? ([
          [writes.peeringToken, 'peering'],
          [writes.manageToken, 'manage'],
        ] as const)
      : []),
  ]);
  const missing = new Set<string>();

  const sayMissing = (response: ServerResponse, method: string, target: string): void => {
    missing.add(requestKey(method, target));
    const words = 'this cluster is a recording, which does not contain this request';
    say(response, method === 'GET' ? 404 : 405, words);
  };

  /** Answers a write, and says in a header what answered. */
  const write = async (request: IncomingMessage, response: ServerResponse, right: Right): Promise<void> => {
    const { method = '', url: target = '/' } = request;
    const text = await readText(request);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const done = writes && model.write(recording.cluster, { method, target, body }, right);
    if (!done) {
      sayMissing(response, method, target);
      return;
    }
    const isText = typeof done.body === 'string';
    say(
      response,
      done.status,
      typeof done.body === 'string' ? done.body : (JSON.stringify(done.body) ?? ''),
      {
        ...(isText ? {} : { 'content-type': 'application/json' }),
        'x-recording': 'answered by a model of the demo',
      },
    );
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await sleep(options.delayMs);
    const { method = 'GET', url: target = '/' } = request;
    const right = rights.get(String(request.headers['x-consul-token']));
    if (right === undefined) {
      say(response, 403, 'ACL not found');
      return;
    }
    const authorizing = requestKey(method, target) === `POST ${authorizePath}`;
    if (method !== 'GET' && !authorizing) {
      await write(request, response, right);
      return;
    }
    const found = authorizing
      ? recording.answers[`POST ${authorizePath}`]
      : model.read(recording.cluster, target, right);
    if (!found) {
      sayMissing(response, method, target);
      return;
    }
    const headers = Object.fromEntries(
      Object.entries(found.headers).filter(([name]) => !notPassedOn.has(name.toLowerCase())),
    );
    if (authorizing) {
      say(response, found.status, authorize(await readText(request), found.body, right), headers);
      return;
    }
    const recordedAt = Date.parse(
      found.headers['date'] ?? found.headers['Date'] ?? recording.recordedAt ?? '',
    );
    const isJson = /json/.test(found.headers['content-type'] ?? 'application/json');
    const body = typeof found.body === 'string' && !isJson ? found.body : JSON.stringify(found.body);
    const moved = Number.isNaN(recordedAt) ? body : moveMoments(body, Date.now() - recordedAt);
    say(response, found.status, moved, headers);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) say(response, 500, error instanceof Error ? error.message : 'failed');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    missing: () => [...missing],
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

interface RecordedPeering {
  readonly Name?: string;
  readonly ID?: string;
  readonly PeerID?: string;
}

const peeringsOf = (recording: Recording): readonly RecordedPeering[] => {
  const body = recording.answers['GET /v1/peerings']?.body;
  const list: unknown = typeof body === 'string' ? safeJson(body) : body;
  return Array.isArray(list) ? (list as readonly RecordedPeering[]) : [];
};

const safeJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Which recorded cluster each peer of this one is: a dialer knows the acceptor's id of their peering. */
export const peersOf = (recording: Recording, all: readonly Recording[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    peeringsOf(recording).flatMap((mine) => {
      const other = all.find(
        (one) =>
          one !== recording &&
          peeringsOf(one).some(
            (theirs) =>
              (mine.PeerID && theirs.ID === mine.PeerID) || (theirs.PeerID && theirs.PeerID === mine.ID),
          ),
      );
      return mine.Name && other ? [[mine.Name, other.cluster]] : [];
    }),
  );

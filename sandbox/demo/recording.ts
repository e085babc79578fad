import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
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

/** The parameters in one order, so that the order in which a client writes them does not matter. */
const keyOf = (method: string, target: string): string => {
  const url = new URL(target, 'http://localhost');
  url.searchParams.sort();
  return `${method} ${url.pathname}${url.search}`;
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
}

const notPassedOn = new Set([
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'date',
  'vary',
]);

/** Serves a recording on a free port of loopback. */
export const serveRecording = async (recording: Recording, options: ServeOptions): Promise<ServedCluster> => {
  const answers = new Map(
    Object.entries(recording.answers).map(([key, answer]) => {
      const [method = '', target = ''] = key.split(' ');
      return [keyOf(method, target), answer];
    }),
  );

  const missing = new Set<string>();

  const say = (
    response: ServerResponse,
    status: number,
    body: string,
    headers: Record<string, string> = {},
  ): void => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(body);
  };

  /** Answers each question of the list as the recording answers it; a question that is not recorded is denied. */
  const authorize = async (request: IncomingMessage, recorded: unknown): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const questions = Questions.parse(JSON.parse(Buffer.concat(chunks).toString()));
    const known = Questions.parse(recorded);
    return JSON.stringify(
      questions.map((question) => ({
        ...question,
        Allow: known.find((one) => nameOf(one) === nameOf(question))?.Allow ?? false,
      })),
    );
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await sleep(options.delayMs);
    if (request.headers['x-consul-token'] !== options.token) {
      say(response, 403, 'ACL not found');
      return;
    }
    const key = keyOf(request.method ?? 'GET', request.url ?? '/');
    const found = answers.get(key);
    if (!found) {
      missing.add(key);
      say(
        response,
        request.method === 'GET' ? 404 : 405,
        'this cluster is a recording, which does not contain this request',
      );
      return;
    }
    const headers = Object.fromEntries(
      Object.entries(found.headers).filter(([name]) => !notPassedOn.has(name.toLowerCase())),
    );
    const recordedAt = Date.parse(
      found.headers['date'] ?? found.headers['Date'] ?? recording.recordedAt ?? '',
    );
    if (request.url === authorizePath) {
      say(response, found.status, await authorize(request, found.body), headers);
      return;
    }
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

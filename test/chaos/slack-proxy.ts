import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileName } from './record-messages';

/** Faults of Slack that a network cannot make: what becomes of one call. */
export type SlackFault =
  /** Answers an HTTP status without doing anything. */
  | { readonly kind: 'status'; readonly status: number }
  /** Answers `{ ok: false, error }`; the call is done all the same where `applies`. */
  | { readonly kind: 'error'; readonly error: string; readonly applies: boolean }
  /** Does the work, and loses the reply. */
  | { readonly kind: 'lose-reply' }
  /** Does the work after `ms`, when the client has given up, if that is beyond its timeout. */
  | { readonly kind: 'late'; readonly ms: number }
  /** Does the work, and answers with the beginning of the answer only. */
  | { readonly kind: 'truncate' }
  /** Does the work after a random time up to `ms`, so that calls overtake each other. */
  | { readonly kind: 'reorder'; readonly ms: number };

export interface SlackRule {
  readonly fault: SlackFault;
  /** Methods of the Web API, and `response_url`. Absent: all. */
  readonly methods?: readonly string[];
  /** Share of the calls, from 0 to 1. Default 1. */
  readonly share?: number;
}

/** One call, as the proxy saw it; times in ms since the epoch. */
export interface ProxiedCall {
  readonly what: string;
  readonly channel: string;
  /** The name in the metadata of the message, or of the file; empty if it has none. */
  readonly name: string;
  readonly at: number;
  /** The time at which the workspace had done it. */
  doneAt?: number;
  /** The time at which the client had the whole answer of the workspace. */
  answeredAt?: number;
}

export interface SlackProxy {
  readonly port: number;
  /** Applies rules until the returned function is called; the first one that applies to a call counts. */
  readonly addRules: (rules: readonly SlackRule[]) => () => void;
  readonly calls: readonly ProxiedCall[];
  readonly stop: () => void;
}

const bodyOf = async (incoming: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const readCall = (path: string, contentType: string, body: string): ProxiedCall => {
  const [, kind = '', method = ''] = /^\/(api|response|upload)\/([\w.-]+)/.exec(path) ?? [];
  const what = kind === 'api' ? method : kind === 'response' ? 'response_url' : kind;
  const fields = contentType.includes('json') ? '' : body;
  const form = new URLSearchParams(fields);
  const isFile = what === 'files.completeUploadExternal';
  const named = /"name":"([^"]+)"/.exec(form.get('metadata') ?? '')?.[1] ?? '';
  const name = isFile ? fileName(form.get('thread_ts') ?? undefined) : named;
  return { what, channel: form.get(isFile ? 'channel_id' : 'channel') ?? '', name, at: Date.now() };
};

export const startSlackProxy = async (
  target: { readonly origin: string },
  random: () => number,
): Promise<SlackProxy> => {
  const calls: ProxiedCall[] = [];
  let rules: readonly SlackRule[] = [];
  const agent = new Agent({ keepAlive: true });

  const faultOf = (what: string): SlackFault | undefined =>
    rules.find(
      ({ methods, share = 1 }) => (methods === undefined || methods.includes(what)) && random() < share,
    )?.fault;

  const pass = (
    incoming: IncomingMessage,
    body: Buffer,
  ): Promise<{ answer: IncomingMessage; text: Buffer }> =>
    new Promise((resolve, reject) => {
      const onward = request(
        `${target.origin}${incoming.url ?? '/'}`,
        { method: incoming.method, headers: incoming.headers, agent },
        (answer) => {
          bodyOf(answer).then((text) => resolve({ answer, text }), reject);
        },
      );
      onward.once('error', reject);
      onward.end(body);
    });

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await bodyOf(incoming);
    const call = readCall(incoming.url ?? '', incoming.headers['content-type'] ?? '', body.toString());
    calls.push(call);
    const fault = faultOf(call.what);
    if (fault?.kind === 'status') {
      outgoing.writeHead(fault.status, { 'content-type': 'text/html' }).end('<html>upstream error</html>');
      return;
    }
    if (fault?.kind === 'late') await sleep(fault.ms);
    if (fault?.kind === 'reorder') await sleep(random() * fault.ms);
    if (fault?.kind === 'error' && !fault.applies) {
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ ok: false, error: fault.error }));
      return;
    }
    const { answer, text } = await pass(incoming, body);
    call.doneAt = Date.now();
    if (fault?.kind === 'error') {
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ ok: false, error: fault.error }));
      return;
    }
    if (fault?.kind === 'lose-reply') {
      incoming.socket.destroy();
      return;
    }
    const { connection: _connection, 'keep-alive': _keepAlive, ...headers } = answer.headers;
    outgoing.writeHead(answer.statusCode ?? 500, headers);
    if (fault?.kind === 'truncate') {
      outgoing.write(text.subarray(0, Math.floor(text.length / 2)), () => incoming.socket.destroy());
      return;
    }
    outgoing.end(text, () => {
      if (!incoming.socket.destroyed) call.answeredAt = Date.now();
    });
  };

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    const onward = request(`${target.origin}${incoming.url ?? '/'}`, { headers: incoming.headers });
    const end = (): void => void socket.destroy();
    socket.on('error', end);
    onward.once('error', end);
    onward.once('response', end);
    onward.once('upgrade', (answer, upstream, first) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      socket.write(first);
      upstream.write(head);
      upstream.on('error', end);
      upstream.on('close', end);
      socket.on('close', () => upstream.destroy());
      socket.pipe(upstream);
      upstream.pipe(socket);
    });
    onward.end();
  });
  // The faults are for the proxy to make: it never closes a connection that is merely idle.
  server.keepAliveTimeout = 0;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  return {
    port: (server.address() as AddressInfo).port,
    addRules: (given) => {
      rules = [...rules, ...given];
      return () => {
        rules = rules.filter((rule) => !given.includes(rule));
      };
    },
    calls,
    stop: () => {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
};

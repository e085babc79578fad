import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { type Fields, isObject, textOf } from './blocks/schema';
import { appId } from './people';
import type { Settings } from './settings';

/** Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode */

/** An app may hold ten connections; each envelope goes to one of them. */
const maxConnections = 10;
const ticketMs = 30_000;
const closeMs = 500;

export interface Socket {
  /** A new one-time address for a connection. */
  readonly open: (origin: string) => string;
  /** Returns true if this upgrade request was for Socket Mode. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  readonly connections: () => number;
  /** Sends an envelope and waits for its acknowledgement; says why there was none. */
  readonly send: (envelope: Fields) => Promise<{ readonly ack: Fields } | { readonly error: string }>;
  /** Asks all connections to reconnect, as Slack does every few hours. */
  readonly refresh: () => void;
  /** Cuts all connections. */
  readonly drop: () => void;
  readonly close: () => Promise<void>;
}

export const createSocket = (settings: Settings, now: () => number): Socket => {
  const server = new WebSocketServer({ noServer: true });
  const tickets = new Map<string, number>();
  const ready: WebSocket[] = [];
  const waiting = new Map<
    string,
    { socket: WebSocket; done: (result: { ack: Fields } | { error: string }) => void }
  >();
  let next = 0;

  const forget = (socket: WebSocket): void => {
    const index = ready.indexOf(socket);
    if (index >= 0) ready.splice(index, 1);
    for (const [id, entry] of waiting) {
      if (entry.socket !== socket) continue;
      waiting.delete(id);
      entry.done({ error: 'dispatch_failed' });
    }
  };

  const onAnswer = (data: Buffer): void => {
    let message: unknown;
    try {
      message = JSON.parse(data.toString());
    } catch {
      return;
    }
    if (!isObject(message)) return;
    const id = textOf(message['envelope_id']);
    const entry = waiting.get(id);
    waiting.delete(id);
    entry?.done({ ack: isObject(message['payload']) ? message['payload'] : {} });
  };

  const accept = (socket: WebSocket): void => {
    if (ready.length >= maxConnections) {
      socket.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets' }));
      socket.close();
      return;
    }
    ready.push(socket);
    const ping = setInterval(() => socket.ping(), settings.pingMs);
    socket.on('message', onAnswer);
    // A broken connection is followed by its close, which tidies up.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(ping);
      forget(socket);
    });
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: ready.length,
        connection_info: { app_id: appId },
        debug_info: { host: 'sandbox', approximate_connection_time: 3600 },
      }),
    );
    // undici keeps no ping of its own before the first one from here.
    socket.ping();
  };

  return {
    open: (origin) => {
      const ticket = randomBytes(16).toString('hex');
      tickets.set(ticket, now());
      return `${origin.replace('http', 'ws')}/link/?ticket=${ticket}&app_id=${appId}`;
    },
    upgrade: (request, socket, head) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (url.pathname !== '/link/') return false;
      const ticket = url.searchParams.get('ticket') ?? '';
      const made = tickets.get(ticket);
      tickets.delete(ticket);
      if (made === undefined || now() - made > ticketMs) socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      else server.handleUpgrade(request, socket, head, accept);
      return true;
    },
    connections: () => ready.length,
    send: (envelope) =>
      new Promise((resolve) => {
        const open = ready.filter((socket) => socket.readyState === WebSocket.OPEN);
        const socket = open[next % Math.max(1, open.length)];
        next += 1;
        if (!socket) {
          resolve({ error: 'dispatch_failed' });
          return;
        }
        const id = String(envelope['envelope_id']);
        const timer = setTimeout(() => {
          waiting.delete(id);
          resolve({ error: 'operation_timeout' });
        }, settings.ackTimeoutMs);
        waiting.set(id, {
          socket,
          done: (result) => {
            clearTimeout(timer);
            resolve(result);
          },
        });
        socket.send(JSON.stringify(envelope));
      }),
    refresh: () => {
      for (const socket of server.clients)
        socket.send(
          JSON.stringify({
            type: 'disconnect',
            reason: 'refresh_requested',
            debug_info: { host: 'sandbox' },
          }),
        );
    },
    drop: () => {
      for (const socket of server.clients) socket.terminate();
    },
    close: async () => {
      const closing = [...server.clients].map(
        (socket) =>
          new Promise<void>((resolve) => {
            // A close frame first: a connection that is merely cut looks like trouble to the app.
            const timer = setTimeout(() => socket.terminate(), closeMs);
            socket.once('close', () => {
              clearTimeout(timer);
              resolve();
            });
            socket.close(1001);
          }),
      );
      await Promise.all(closing);
      server.close();
    },
  };
};

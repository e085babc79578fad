import { execFile } from 'node:child_process';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Answer, ConsulError } from '../../src/consul/answer';
import { type ConsulClient, type ConsulClientOptions, createConsulClient } from '../../src/consul/client';
import { waitFor } from '../lab/process';

/** A request that the server received. */
interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface TestServer {
  readonly origin: string;
  readonly port: number;
  readonly requests: readonly ReceivedRequest[];
  /** Connections that were ever made. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

/** Answers the nth request, counted from 1. */
export type Handler = (response: http.ServerResponse, nth: number, request: http.IncomingMessage) => void;

/** A server that answers as a test says, on a free port of 127.0.0.1; with TLS where it gets a certificate. */
export const serve = async (handler: Handler, tls?: https.ServerOptions): Promise<TestServer> => {
  const requests: ReceivedRequest[] = [];
  let connections = 0;
  const listener: http.RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      handler(response, requests.length, request);
    });
  };
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  server.on('connection', () => (connections += 1));
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    connections: () => connections,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
};

/** Answers with this body. */
export const send = (
  response: http.ServerResponse,
  status: number,
  body: string | Buffer,
  headers: http.OutgoingHttpHeaders = {},
): void => {
  response.writeHead(status, headers);
  response.end(body);
};

/** Looks like a secret, and must never be seen again. */
export const canary = 'c4na7y00-5ec7-e700-beef-0123456789ab';

const settings = { cluster: 'lab', tls: {}, allowPlainHttp: false, random: () => 0 };

/** A client of an address with the canary for a token, which waits for no retry. */
export const clientOf = (address: string, options: Partial<ConsulClientOptions> = {}): ConsulClient =>
  createConsulClient({ ...settings, address, token: canary, ...options });

/** Creates a client without a token. */
export const anonymousOf = (
  address: string,
  options: Partial<Omit<ConsulClientOptions, 'token'>> = {},
): ConsulClient => createConsulClient({ ...settings, address, ...options });

/** The failure that an answer must be. */
export const failureOf = (answer: Answer<unknown>): ConsulError => {
  if (answer.ok) throw new Error(`expected a failure, got ${JSON.stringify(answer.value)}`);
  return answer.error;
};

/**
 * Runs a script in a Node of its own, where `createConsulClient` is at hand: Jest keeps the environment and the
 * warnings of the real process from a test.
 */
export const inNode = (
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ stdout: string; stderr: string }> => {
  const register = resolve(__dirname, '../lab/register.cjs');
  const client = resolve(__dirname, '../../src/consul/client.ts');
  const whole = `const { createConsulClient } = require(${JSON.stringify(client)});\n${script}`;
  return promisify(execFile)(process.execPath, ['-r', register, '-e', whole], {
    env: { ...process.env, NODE_NO_WARNINGS: '', ...env },
    timeout: 30_000,
  });
};

/** Waits until something holds. */
export const until = (holds: () => boolean): Promise<unknown> =>
  waitFor('a condition of the test', holds, { timeoutMs: 5_000 });

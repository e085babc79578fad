import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fields } from './blocks/schema';
import { readArguments, readBody, readUpload } from './body';
import { refuse } from './content';
import type { Fault, Faults } from './faults';
import { assistantMethods } from './methods/assistant';
import { chatMethods } from './methods/chat';
import { unfurlMethods } from './methods/unfurl';
import type { Context, Method, Reply } from './methods/context';
import { rateLimited } from './methods/context';
import { conversationMethods } from './methods/conversations';
import { fileMethods } from './methods/files';
import { peopleMethods } from './methods/people';
import { viewMethods } from './methods/views';
import { postToResponseUrl } from './response-url';
import type { Traffic } from './traffic';

/** The HTTP side: Web API, response URLs, uploads. */

const methods: Readonly<Record<string, Method>> = {
  ...assistantMethods,
  ...chatMethods,
  ...unfurlMethods,
  ...conversationMethods,
  ...fileMethods,
  ...peopleMethods,
  ...viewMethods,
};

export interface Tokens {
  readonly bot: string;
  readonly app: string;
  /** An error that every call is answered with, such as `token_revoked`. */
  denied: string | undefined;
}

export interface ServerOptions {
  readonly context: () => Context;
  readonly tokens: Tokens;
  readonly traffic: Traffic;
  readonly faults: Faults;
  /** Takes what is not Slack's. */
  readonly page: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const json = (status: number, body: Fields, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
});

const retryHeader = (seconds: unknown): Readonly<Record<string, string>> => ({
  'retry-after': String(seconds),
});

const fromReply = (reply: Reply): Answer => {
  if (reply['error'] !== 'ratelimited') return json(200, reply);
  const { retryAfter, ...body } = reply;
  return json(429, body, retryHeader(retryAfter));
};

const withHeaders = (answer: Answer, headers: Readonly<Record<string, string>>): Answer => ({
  ...answer,
  headers: { ...answer.headers, ...headers },
});

/** The answer that a fault stands for; undefined where it only spoils the way there or back. */
const fromFault = (fault: Fault): Answer | undefined => {
  if (fault.kind === 'status')
    return {
      status: fault.status,
      body: '<html>upstream error</html>',
      headers: { 'content-type': 'text/html', ...(fault.retryAfter ? retryHeader(fault.retryAfter) : {}) },
    };
  if (fault.kind === 'ratelimited') return json(429, refuse('ratelimited'), retryHeader(fault.retryAfter));
  return fault.kind === 'error' ? json(200, refuse(fault.error)) : undefined;
};

export const createHttpServer = (options: ServerOptions): Server => {
  const { tokens, traffic, faults } = options;

  const call = (method: string, request: IncomingMessage, body: Buffer): Answer => {
    const context = options.context();
    const args = readArguments(request.headers['content-type'] ?? '', body);
    if (!args) return json(200, refuse('invalid_json'));
    const given = request.headers.authorization?.replace(/^Bearer /i, '') ?? args['token'];
    if (tokens.denied) return json(200, refuse(tokens.denied));
    if (!given) return json(200, refuse('not_authed'));
    if (given !== tokens.bot && given !== tokens.app) return json(200, refuse('invalid_auth'));
    if (method === 'apps.connections.open') {
      if (given !== tokens.app) return json(200, refuse('not_allowed_token_type'));
      return json(200, { ok: true, url: context.openSocket() });
    }
    if (given !== tokens.bot) return json(200, refuse('not_allowed_token_type'));
    const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!run) return json(200, refuse('unknown_method'));
    const wait = context.rate.method(method);
    const { manifest } = context.settings;
    // Slack tells the scopes of the token with every answer.
    const scopes = manifest === undefined ? {} : { 'x-oauth-scopes': manifest.scopes.join(',') };
    return withHeaders(fromReply(wait > 0 ? rateLimited(wait) : run(args, context)), scopes);
  };

  const upload = async (id: string, request: IncomingMessage, body: Buffer): Promise<Answer> => {
    const file = options.context().state.files.get(id);
    const content = await readUpload(request.headers['content-type'] ?? '', body);
    if (!file || file.content) return { status: 404, body: 'not found', headers: {} };
    if (content?.length !== file.length) return { status: 400, body: 'wrong length', headers: {} };
    file.content = content;
    return { status: 200, body: `OK - ${content.length}`, headers: {} };
  };

  /** Slack sends everyone without a token, or without the scope, to its login page. */
  const download = (id: string, request: IncomingMessage): Answer => {
    const { state, settings } = options.context();
    const file = state.files.get(id);
    const isAllowed =
      request.headers.authorization === `Bearer ${tokens.bot}` &&
      (settings.manifest?.scopes.includes('files:read') ?? true);
    if (!isAllowed) return { status: 302, body: '', headers: { location: '/login' } };
    return file?.content === undefined
      ? { status: 404, body: 'not found', headers: {} }
      : { status: 200, body: file.content, headers: { 'content-type': 'text/plain' } };
  };

  const respond = (key: string, request: IncomingMessage, body: Buffer): Answer => {
    const { state, settings } = options.context();
    const args = readArguments(request.headers['content-type'] ?? '', body);
    if (!args) return json(400, refuse('invalid_json'));
    const done = postToResponseUrl(state, settings, key, args);
    return json(done.status, done.body);
  };

  /** Finds the handler of a path. */
  const route = (
    request: IncomingMessage,
  ): { what: string; run: (body: Buffer) => Answer | Promise<Answer> } | undefined => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const [, kind = '', rest = ''] = pathname.match(/^\/(api|response|upload|download)\/([\w.-]+)$/) ?? [];
    if (kind === 'download' && request.method === 'GET')
      return { what: 'download', run: () => download(rest, request) };
    if (request.method !== 'POST' && !(kind === 'api' && request.method === 'GET')) return undefined;
    if (kind === 'api') return { what: rest, run: (body) => call(rest, request, body) };
    if (kind === 'response') return { what: 'response_url', run: (body) => respond(rest, request, body) };
    if (kind === 'upload') return { what: 'upload', run: (body) => upload(rest, request, body) };
    return undefined;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const found = route(request);
    if (!found) {
      await options.page(request, response);
      return;
    }
    const body = await readBody(request);
    if (!body) {
      response.writeHead(413).end();
      return;
    }
    const exchange = traffic.record({
      at: Date.now(),
      from: 'app',
      what: found.what,
      request: body.toString(),
      response: '',
      status: 0,
    });
    const fault = faults.take(found.what);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'drop-request') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'delay') await sleep(fault.ms);
    const answer = (fault && fromFault(fault)) ?? (await found.run(body));
    exchange.response = String(answer.body);
    exchange.status = answer.status;
    if (fault?.kind === 'delay-reply') await sleep(fault.ms);
    if (fault?.kind === 'drop-reply') request.socket.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  };

  return createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // The peer went away in the middle of its own request: there is nobody to tell. All else is a defect.
      if (response.headersSent || response.socket === null || response.socket.destroyed) return;
      response.writeHead(500).end(error instanceof Error ? error.message : 'failed');
    });
  });
};

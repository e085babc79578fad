import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, resolve } from 'node:path';
import type { Fields } from './blocks/schema';
import { readBody } from './body';
import type { Driver } from './driver';
import { perform } from './page-acts';
import { canSee, changeFor, everythingFor } from './page-data';
import { cookieName, pageHeaders, refusal } from './page-guard';
import type { PageOffer } from './page-offer';
import { readPagePackage } from './page-packages';
import type { Settings } from './settings';
import type { Change, State } from './state';

/** Serves the page: its files, what a person sees, changes as they happen, and what the person does. */

/** Plain modules for the browser, served from the sources: beside this file, or above `dist` where it was built. */
const folder =
  [resolve(__dirname, '../page'), resolve(__dirname, '../../../sandbox/page')].find((path) =>
    existsSync(join(path, 'index.html')),
  ) ?? 'sandbox/page';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface PageOptions {
  readonly state: State;
  readonly settings: Settings;
  readonly driver: () => Driver;
  readonly port: () => number;
  readonly token: string;
  readonly offer: PageOffer;
  /** Returns true if an app is connected. */
  readonly online: () => boolean;
}

export type Page = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const statusMs = 1_000;

export const createPage = (options: PageOptions): Page => {
  const { state, settings, token } = options;

  const json = (response: ServerResponse, status: number, body: Fields): void => {
    response.writeHead(status, { ...pageHeaders, 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(body));
  };

  const plain = (response: ServerResponse, status: number, text: string): void => {
    response.writeHead(status, { ...pageHeaders, 'content-type': 'text/plain; charset=utf-8' });
    response.end(`${text}\n`);
  };

  const asset = async (response: ServerResponse, name: string): Promise<void> => {
    // One flat folder: a name with a slash, dots or an unknown ending is not in it.
    if (!/^[\w-]+\.(html|mjs|css|svg)$/.test(name)) {
      plain(response, 404, 'not found');
      return;
    }
    const content = await readFile(resolve(folder, name)).catch(() => undefined);
    if (!content) plain(response, 404, 'not found');
    else
      response
        .writeHead(200, { ...pageHeaders, 'content-type': types[extname(name)] ?? 'text/plain' })
        .end(content);
  };

  const packaged = async (response: ServerResponse, folder: string, name: string): Promise<void> => {
    const found = await readPagePackage(folder, name);
    if (!found) plain(response, 404, 'not found');
    else
      response
        // These never change while the workspace runs, and each emoji is asked for many times.
        .writeHead(200, {
          ...pageHeaders,
          'cache-control': 'private, max-age=3600',
          'content-type': found.type,
        })
        .end(found.content);
  };

  /** Server-sent events: each change that concerns the person, and whether the app is there. */
  const events = (response: ServerResponse, user: string): void => {
    response.writeHead(200, { ...pageHeaders, 'content-type': 'text/event-stream' });
    const send = (event: Fields): void => {
      response.write(`data: ${JSON.stringify(event)}\n\n`);
    };
    let online: boolean | undefined;
    const status = (): void => {
      if (online === options.online()) return;
      online = options.online();
      send({ kind: 'status', online });
    };
    const changed = (change: Change): void => {
      const event = changeFor(state, change, user);
      if (event) send(event);
    };
    send({ kind: 'everything', everything: everythingFor(state, settings, options.offer, user) });
    status();
    const timer = setInterval(status, statusMs);
    state.changes.on('change', changed);
    response.on('close', () => {
      clearInterval(timer);
      state.changes.off('change', changed);
    });
  };

  const act = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    let input: unknown;
    try {
      input = JSON.parse(String(body));
    } catch {
      input = undefined;
    }
    try {
      const done = await perform(input, state, options.driver(), options.offer.runner);
      json(response, done ? 200 : 400, done ?? { error: 'not understood' });
    } catch (error) {
      // The page and the workspace disagree about what is there, such as a button of a message just edited.
      json(response, 409, { error: error instanceof Error ? error.message : 'failed' });
    }
  };

  const file = (response: ServerResponse, id: string, user: string): void => {
    const found = state.files.get(id);
    const shared = found?.channels.some((channel) => canSee(state.channels.get(channel), user)) ?? false;
    if (!found?.content || !shared) {
      plain(response, 404, 'not found');
      return;
    }
    response.writeHead(200, {
      ...pageHeaders,
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(found.name)}`,
    });
    response.end(found.content);
  };

  return async (request, response) => {
    const port = options.port();
    const refused = refusal(request, port, token);
    if (refused) {
      plain(response, 403, `This page is not open to everyone: ${refused}.`);
      return;
    }
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${port}`);
    const [, first = '', second = '', third = ''] = url.pathname.split('/');
    const user = url.searchParams.get('user') ?? '';
    if (url.searchParams.has('token')) {
      // The token leaves the address bar for a cookie that no script can read.
      response.writeHead(303, {
        ...pageHeaders,
        'set-cookie': `${cookieName(port)}=${token}; Path=/; HttpOnly; SameSite=Strict`,
        location: url.pathname,
      });
      response.end();
    } else if (request.method === 'POST' && url.pathname === '/page/act') await act(request, response);
    else if (request.method !== 'GET') plain(response, 405, 'not allowed');
    else if (url.pathname === '/') await asset(response, 'index.html');
    else if (first === 'archives')
      response.writeHead(303, { ...pageHeaders, location: `/#${second}/${third}` }).end();
    else if (first === 'files') file(response, second, user);
    else if (url.pathname === '/page/events' && state.users.has(user)) events(response, user);
    else if (first === 'page' && third) await packaged(response, second, third);
    else if (first === 'page') await asset(response, second);
    else plain(response, 404, 'not found');
  };
};

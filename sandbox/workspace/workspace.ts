import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type Deliver, createDelivery, signatureHeaders } from './delivery';
import { createDriver, type Driver } from './driver';
import { createFaults, type Faults } from './faults';
import type { Context } from './methods/context';
import type { Message, StoredFile, View } from './model';
import { createPage } from './page';
import type { PageOffer } from './page-offer';
import { team } from './people';
import { createRateLimits } from './rate';
import { createHttpServer, type Tokens } from './server';
import { defaultSettings, type Settings } from './settings';
import { createSocket } from './socket';
import { createState, messagesIn, type State } from './state';
import { createTraffic, type Traffic } from './traffic';

/** A Slack-compatible workspace on loopback, for the demo and for tests. */
export interface Workspace extends Driver {
  /** For `SLACK_API_URL`. */
  readonly apiUrl: string;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** The page, with the token that opens it. */
  readonly url: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly teamId: string;
  /** The people, channels and groups, to be looked at and changed. */
  readonly state: State;
  readonly traffic: Traffic;
  readonly faults: Faults;

  /** Messages that everyone sees in a conversation, oldest first: no thread replies but broadcast ones, no ephemeral messages. */
  readonly messages: (channel: string) => readonly Message[];
  /** The replies to a message, oldest first, without it. */
  readonly thread: (ts: string) => readonly Message[];
  /** Messages that only this person sees, oldest first. */
  readonly ephemerals: (user: string, channel?: string) => readonly Message[];
  /** A person's open modals, the topmost last. */
  readonly views: (user: string) => readonly View[];
  readonly appHome: (user: string) => View | undefined;
  /** The status that the app shows in a thread now. */
  readonly statusOf: (threadTs: string) => string | undefined;
  readonly files: () => readonly StoredFile[];
  /** Everyone that the bot's messages would have notified so far, edits and deleted messages included. */
  readonly mentions: () => readonly string[];

  /** Resolves to the first truthy answer of `check`, called after each change and every 20 ms; rejects after `withinMs` (default 10,000). */
  readonly until: <T>(
    check: () => T | undefined | null | false,
    what?: string,
    timeoutMs?: number,
  ) => Promise<T>;
  /** Moves the workspace's clock on: triggers and response URLs expire, rate limits recover. */
  readonly advance: (ms: number) => void;

  /** Switches to HTTP mode: signed requests to this address; undefined switches back to Socket Mode. */
  readonly setRequestUrl: (url: string | undefined) => void;
  /** Delivers any payload, such as one that was delivered before. */
  readonly deliver: Deliver;
  /** The headers that sign a body, by default with the right secret and now. */
  readonly sign: (body: string, seconds?: number, secret?: string) => Readonly<Record<string, string>>;
  /** From now on every Web API call is answered with this error; undefined ends it. */
  readonly denyTokens: (error: string | undefined) => void;

  readonly sockets: {
    readonly connections: () => number;
    /** Asks the app to reconnect, as Slack does every few hours. */
    readonly refresh: () => void;
    /** Cuts all connections. */
    readonly drop: () => void;
  };

  /** Closes every connection and the port. */
  readonly stop: () => Promise<void>;
}

export interface WorkspaceOptions extends Partial<Settings> {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port?: number;
  /** The origin under which the app reaches the workspace, such as that of a proxy. Default its own. */
  readonly publicOrigin?: string;
  /** HTTP mode from the start: where signed requests go. */
  readonly requestUrl?: string;
  readonly offer?: PageOffer;
}

const secret = (prefix: string): string => `${prefix}${randomBytes(18).toString('hex')}`;

/** Starts a workspace. Rejects if the port is not available. */
export const startWorkspace = async (options: WorkspaceOptions = {}): Promise<Workspace> => {
  const { port = 0, publicOrigin, requestUrl, offer = { suggestions: [] }, ...given } = options;
  const settings: Settings = { ...defaultSettings, ...given };
  const state = createState();
  const tokens: Tokens = { bot: secret('xoxb-'), app: secret('xapp-1-'), denied: undefined };
  const signingSecret = secret('');
  const faults = createFaults();
  const traffic = createTraffic(() => state.changed({ kind: 'traffic' }));
  const socket = createSocket(settings, state.now);
  const rate = createRateLimits(settings, state.now);
  const ended = new AbortController();
  let target = requestUrl;

  const pageToken = secret('');
  const page = createPage({
    state,
    settings,
    driver: () => driver,
    port: () => Number(new URL(origin).port),
    token: pageToken,
    offer,
    online: () => target !== undefined || socket.connections() > 0,
  });
  const server = createHttpServer({ context: () => context, tokens, traffic, faults, page });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const told = publicOrigin ?? origin;
  const context: Context = { state, settings, rate, origin: told, openSocket: () => socket.open(told) };
  server.on('upgrade', (request, connection, head) => {
    if (!socket.upgrade(request, connection, head)) connection.end('HTTP/1.1 404 Not Found\r\n\r\n');
  });

  const deliver = createDelivery({ settings, socket, traffic, signingSecret, requestUrl: () => target });
  const driver = createDriver({ state, settings, deliver, origin: told, signal: ended.signal });

  const notified = new Set<string>();
  state.changes.on('change', (change: { kind: string; message?: Message }) => {
    for (const mention of change.message?.mentions ?? []) notified.add(mention);
  });

  const until: Workspace['until'] = (check, what = 'what was awaited', timeoutMs = 60_000) =>
    new Promise((resolve, reject) => {
      const end = (finish: () => void): void => {
        clearTimeout(timer);
        clearInterval(poll);
        state.changes.off('change', look);
        finish();
      };
      const look = (): void => {
        try {
          const found = check();
          if (found) end(() => resolve(found));
        } catch (error) {
          end(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
      };
      const timer = setTimeout(
        () => end(() => reject(new Error(`the workspace did not see ${what} within ${timeoutMs} ms`))),
        timeoutMs,
      );
      // Also what is not the workspace's own, such as the app's connections, is awaited here.
      const poll = setInterval(() => look(), 20);
      state.changes.on('change', look);
      look();
    });

  return {
    ...driver,
    apiUrl: `${told}/api/`,
    origin,
    url: `${origin}/?token=${pageToken}`,
    botToken: tokens.bot,
    appToken: tokens.app,
    signingSecret,
    teamId: team.id,
    state,
    traffic,
    faults,
    messages: (channel) =>
      messagesIn(state, channel).filter(
        (message) => !message.ephemeralTo && (!message.threadTs || message.broadcast),
      ),
    thread: (ts) =>
      [...state.messages.values()]
        .flat()
        .filter((message) => message.threadTs === ts && !message.ephemeralTo),
    ephemerals: (user, channel) =>
      [...state.messages.values()]
        .flat()
        .filter((message) => message.ephemeralTo === user && (!channel || message.channel === channel)),
    views: (user) => (state.stacks.get(user) ?? []).flatMap((id) => state.views.get(id) ?? []),
    appHome: (user) => state.homes.get(user),
    statusOf: (threadTs) => {
      const status = state.statuses.get(threadTs);
      return status !== undefined && status.until > state.now() ? status.text : undefined;
    },
    files: () => [...state.files.values()],
    mentions: () => [...notified],
    until,
    advance: state.advance,
    setRequestUrl: (url) => {
      target = url;
    },
    deliver,
    sign: (body, seconds, key = signingSecret) => signatureHeaders(key, body, seconds),
    denyTokens: (error) => {
      tokens.denied = error;
    },
    sockets: { connections: socket.connections, refresh: socket.refresh, drop: socket.drop },
    stop: async () => {
      ended.abort();
      await socket.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

import { type Dispatcher, EnvHttpProxyAgent } from 'undici';

/** An outbound proxy: an address, which may hold a password, and the hosts that are called without it. */
export interface OutboundProxy {
  /** For `https:` and `wss:`. */
  readonly https: string;
  /** For `http:` and `ws:`, which only a Slack on this machine has. */
  readonly http?: string | undefined;
  /** Host names, as `NO_PROXY` has them. */
  readonly except?: string | undefined;
}

export type SlackFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** The way to Slack: everything that is sent there goes through these. */
export interface SlackNetwork {
  readonly fetch: SlackFetch;
  /** For connections of Socket Mode. */
  readonly dispatcher?: Dispatcher | undefined;
}

/** Creates the way to Slack, through a proxy if there is one. Calls to Consul never use it. */
export const createSlackNetwork = (proxy: OutboundProxy | undefined): SlackNetwork => {
  if (proxy === undefined) return { fetch: (url, init) => fetch(url, init) };
  const dispatcher = new EnvHttpProxyAgent({
    httpsProxy: proxy.https,
    // Undefined would stand for the environment.
    httpProxy: proxy.http ?? '',
    noProxy: proxy.except ?? '',
    // A proxy sees the name of the host, and nothing of the call.
    proxyTunnel: true,
  });
  // Node's types know the dispatchers of another version of undici; its fetch takes both.
  const through: object = { dispatcher };
  return { fetch: (url, init) => fetch(url, { ...init, ...through }), dispatcher };
};

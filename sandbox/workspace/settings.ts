/** The parts of an app manifest that decide what Slack lets the app do and what it sends: https://docs.slack.dev/reference/app-manifest */
export interface AppManifest {
  readonly scopes: readonly string[];
  readonly commands: readonly {
    readonly command: string;
    readonly description: string;
    readonly usageHint: string;
  }[];
  readonly events: readonly string[];
  readonly interactive: boolean;
  readonly homeTab: boolean;
  /** Domains of links that the app is notified of; subdomains are included. */
  readonly unfurlDomains: readonly string[];
  /** The app has an assistant view. */
  readonly assistantView: boolean;
}

export interface Settings {
  /** Absent: every scope, command and event is allowed. */
  readonly manifest?: AppManifest;
  /** Messages a second to one conversation, and how many may come at once before that counts. */
  readonly messageRate: { readonly perSecond: number; readonly burst: number };
  /** Also hold the limits of each method's tier (requests a minute). */
  readonly methodTiers: boolean;
  /** All text of one message's blocks together, in UTF-16 units. */
  readonly blockText: number;
  /** ms that the app has to acknowledge. */
  readonly ackTimeoutMs: number;
  /** ms that a trigger id lives. */
  readonly triggerMs: number;
  /** Delays before each retry to deliver an event, in ms. */
  readonly eventRetriesMs: readonly number[];
  /** ms between pings on a Socket Mode connection. */
  readonly pingMs: number;
}

export const defaultSettings: Settings = {
  messageRate: { perSecond: 1, burst: 4 },
  methodTiers: false,
  // Seen from about this many characters on; Slack does not say.
  blockText: 11_300,
  ackTimeoutMs: 3_000,
  triggerMs: 3_000,
  eventRetriesMs: [0, 60_000, 300_000],
  pingMs: 5_000,
};

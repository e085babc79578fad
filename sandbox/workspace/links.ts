import { randomBytes } from 'node:crypto';
import type { Fields } from './blocks/schema';
import type { Settings } from './settings';
import type { SharedLinks, State } from './state';

/** Links in messages, and the events about them: https://docs.slack.dev/messaging/unfurling-links-in-messages */

/** The channel and the timestamp of a message that is still written. */
const composer = 'COMPOSER';

/** Links of a text, each once: bare, or with a label (`<https://…|label>`). */
const linksIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/https?:\/\/[^\s<>|]+/g)].map(([url]) => url)),
];

/** The domain of the manifest that a link belongs to; without a manifest, its own host. */
const domainOf = (url: string, { manifest }: Settings): string | undefined => {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return manifest === undefined
    ? hostname
    : manifest.unfurlDomains.find((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
};

const isSubscribed = ({ manifest }: Settings): boolean =>
  manifest === undefined ||
  (manifest.events.includes('link_shared') && manifest.scopes.includes('links:read'));

export interface LinkSource {
  readonly user: string;
  readonly text: string;
  /** The posted message; absent while the person still writes it. */
  readonly posted?: {
    readonly channel: string;
    readonly ts: string;
    readonly threadTs?: string | undefined;
    readonly isBotMember: boolean;
  };
}

/** Makes the event, and notes what the app may answer. Undefined if the app is not notified. */
export const shareLinks = (
  state: State,
  settings: Settings,
  { user, text, posted }: LinkSource,
): Fields | undefined => {
  const links = linksIn(text).flatMap((url) => {
    const domain = domainOf(url, settings);
    return domain === undefined ? [] : [{ domain, url }];
  });
  if (links.length === 0 || !isSubscribed(settings)) return undefined;
  const key = randomBytes(16).toString('hex');
  const id = posted === undefined ? `${user}-${key}` : `${posted.channel}.${posted.ts}.${key}`;
  const { channel, ts } = posted ?? { channel: composer, ts: id };
  const source: SharedLinks['source'] = posted === undefined ? 'composer' : 'conversations_history';
  state.shares.set(id, { source, channel, ts, urls: links.map(({ url }) => url), drafted: [] });
  return {
    type: 'link_shared',
    user,
    channel,
    message_ts: ts,
    ...(posted?.threadTs !== undefined && { thread_ts: posted.threadTs }),
    is_bot_user_member: posted?.isBotMember ?? true,
    unfurl_id: id,
    source,
    links,
    event_ts: state.nextTs(),
  };
};

import type {
  ActionsBlock,
  Button,
  ContextBlock,
  HeaderBlock,
  SectionBlock,
  StaticSelect,
} from '@slack/types';

/** The few shapes that messages are made of. Texts must already be escaped: see escape.ts. */

/** `verbatim` keeps Slack from turning bare addresses and channel names in the text into links. */
export const section = (text: string): SectionBlock => ({
  type: 'section',
  text: { type: 'mrkdwn', text, verbatim: true },
  expand: true,
});

export const context = (text: string): ContextBlock => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text, verbatim: true }],
});

export const header = (text: string): HeaderBlock => ({
  type: 'header',
  text: { type: 'plain_text', text, emoji: true },
});

export const actionsBlock = (elements: readonly (Button | StaticSelect)[]): ActionsBlock => ({
  type: 'actions',
  elements: [...elements],
});

/** A mention of the person who asked. Anything but a user id is not shown at all. */
export const mention = (userId: string): string =>
  /^[UW][A-Z0-9]{2,20}$/.test(userId) ? `<@${userId}>` : '';

/**
 * A moment in the reader's own zone, from an ISO 8601 text; clients that cannot do it show UTC. Empty where the
 * text is no date.
 */
export const moment = (iso: string, format = '{date_short_pretty} {time_secs}'): string => {
  const ms = Date.parse(iso);
  if (!Number.isFinite(ms)) return '';
  const utc = new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  return `<!date^${Math.floor(ms / 1000)}^${format}|${utc} UTC>`;
};

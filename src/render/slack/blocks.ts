import type {
  ActionsBlock,
  Button,
  ContextBlock,
  HeaderBlock,
  PlainTextElement,
  SectionBlock,
  StaticSelect,
} from '@slack/types';

/** Blocks that all messages are built from. Texts must already be escaped: see escape.ts. */

/** `verbatim` keeps Slack from turning bare addresses and channel names in the text into links. */
export const section = (text: string): SectionBlock => ({
  type: 'section',
  text: { type: 'mrkdwn', text, verbatim: true },
  expand: true,
});

/** A section with a button beside its text, if there is one. */
export const sectionWithButton = (text: string, accessory: Button | undefined): SectionBlock => ({
  ...section(text),
  ...(accessory && { accessory }),
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

/** Puts buttons into a row; returns no block if there is no button. */
export const buttonRow = (buttons: readonly (Button | undefined)[]): readonly ActionsBlock[] => {
  const shown = buttons.filter((one) => one !== undefined);
  return shown.length === 0 ? [] : [actionsBlock(shown)];
};

export const plainText = (text: string): PlainTextElement => ({ type: 'plain_text', text });

/** Names a channel for everybody; shows nothing of an id that is not a channel's. */
export const channelName = (id: string): string =>
  /^[CG][A-Z0-9]{2,20}$/.test(id) ? `<#${id}>` : 'a direct conversation';

/** Mentions a user; empty unless the text is a user id. */
export const mention = (userId: string): string =>
  /^[UW][A-Z0-9]{2,20}$/.test(userId) ? `<@${userId}>` : '';

/** Mentions a user group; empty unless the text is the id of one. */
export const usergroupMention = (id: string): string =>
  /^S[A-Z0-9]{2,20}$/.test(id) ? `<!subteam^${id}>` : '';

/**
 * A time in the reader's own zone, from an ISO 8601 text; clients that do not support it show UTC. Empty if the text
 * is not a date.
 */
export const moment = (iso: string, format = '{date_short_pretty} {time_secs}'): string => {
  const ms = Date.parse(iso);
  if (!Number.isFinite(ms)) return '';
  const utc = new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  return `<!date^${Math.floor(ms / 1000)}^${format}|${utc} UTC>`;
};

export const button = (label: string, actionId: string, value: string): Button => ({
  type: 'button',
  text: { type: 'plain_text', text: label, emoji: true },
  action_id: actionId,
  value,
});

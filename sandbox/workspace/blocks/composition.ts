import { boolean, byType, deferred, list, literal, object, type Rule, text, url } from './schema';

/** Slack's composition objects and their limits: https://docs.slack.dev/reference/block-kit/composition-objects */

export const plainText = (max: number): Rule =>
  object({ type: literal('plain_text'), text: text(max) }, { emoji: boolean });

const mrkdwn = (max: number): Rule =>
  object({ type: literal('mrkdwn'), text: text(max) }, { verbatim: boolean });

export const mrkdwnText = mrkdwn;

export const textObject = (max: number): Rule => byType({ plain_text: plainText(max), mrkdwn: mrkdwn(max) });

export const identifier = text(255);

export const confirm: Rule = object(
  { text: textObject(300) },
  { title: plainText(100), confirm: plainText(30), deny: plainText(30), style: literal('primary', 'danger') },
);

/** An option of a select, a multi-select, checkboxes or radio buttons. */
export const option = (label: Rule, value = 150): Rule =>
  object({ text: label, value: text(value) }, { description: textObject(75) });

/** Only an overflow menu's options may carry a link. */
export const overflowOption: Rule = object(
  { text: plainText(75) },
  { value: text(150), description: plainText(75), url: url() },
);

export const optionGroup: Rule = object({
  label: plainText(75),
  options: list(option(plainText(75)), { max: 100 }),
});

export const dispatchConfig: Rule = object(
  {},
  { trigger_actions_on: list(literal('on_enter_pressed', 'on_character_entered'), { max: 2 }) },
);

export const conversationFilter: Rule = object(
  {},
  {
    include: list(literal('im', 'mpim', 'private', 'public')),
    exclude_external_shared_channels: boolean,
    exclude_bot_users: boolean,
  },
);

const slackFile: Rule = object({}, { id: text(255), url: url() }, (value, pointer, report) => {
  if ((value['id'] === undefined) === (value['url'] === undefined))
    report('must define either `id` or `url`', pointer);
});

const image = (extra: Readonly<Record<string, Rule>>): Rule =>
  object(
    { type: literal('image'), alt_text: text(2000) },
    { image_url: url(), slack_file: slackFile, ...extra },
    (value, pointer, report) => {
      if ((value['image_url'] === undefined) === (value['slack_file'] === undefined))
        report('must define either `image_url` or `slack_file`', pointer);
    },
  );

export const imageElement: Rule = image({});
export const imageBlock: Rule = image({ block_id: identifier, title: plainText(2000) });

const style: Rule = object(
  {},
  { bold: boolean, code: boolean, italic: boolean, strike: boolean, underline: boolean, unlink: boolean },
);
const styled = (type: string, required: Readonly<Record<string, Rule>>, optional = {}): Rule =>
  object({ type: literal(type), ...required }, { style, ...optional });

/** A rich text run may be long, but never empty. */
const run = text(40_000);

const richTextRuns: Readonly<Record<string, Rule>> = {
  broadcast: styled('broadcast', { range: literal('here', 'channel', 'everyone') }),
  color: styled('color', { value: text(32) }),
  channel: styled('channel', { channel_id: text(32) }),
  date: styled(
    'date',
    {
      timestamp: (value, at, report) => Number.isInteger(value) || report('must provide an integer', at),
      format: text(255),
    },
    { url: url(), fallback: text(255) },
  ),
  emoji: styled('emoji', { name: text(255) }, { unicode: text(255), url: url(), skin_tone: () => undefined }),
  link: styled('link', { url: url() }, { text: run, unsafe: boolean }),
  team: styled('team', { team_id: text(32) }),
  text: styled('text', { text: run }),
  user: styled('user', { user_id: text(32) }),
  usergroup: styled('usergroup', { usergroup_id: text(32) }),
};

const runs = list(byType(richTextRuns), { min: 0 });
const section: Rule = object({ type: literal('rich_text_section'), elements: runs });
const border = literal(0, 1);

const richTextParts: Rule = byType({
  rich_text_section: section,
  rich_text_list: object(
    {
      type: literal('rich_text_list'),
      style: literal('bullet', 'ordered'),
      elements: list(deferred(() => section)),
    },
    { indent: literal(0, 1, 2, 3, 4, 5, 6, 7, 8), border, offset: () => undefined },
  ),
  rich_text_quote: object({ type: literal('rich_text_quote'), elements: runs }, { border }),
  rich_text_preformatted: object(
    {
      type: literal('rich_text_preformatted'),
      elements: list(byType({ text: richTextRuns['text']!, link: richTextRuns['link']! }), { min: 0 }),
    },
    { border, language: text(64) },
  ),
});

export const richText: Rule = object(
  { type: literal('rich_text'), elements: list(richTextParts) },
  { block_id: identifier },
);

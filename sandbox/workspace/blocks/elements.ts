import {
  confirm,
  conversationFilter,
  dispatchConfig,
  identifier,
  option,
  optionGroup,
  overflowOption,
  plainText,
  richText,
  textObject,
} from './composition';
import {
  boolean,
  type Fields,
  integer,
  list,
  literal,
  object,
  pattern,
  type Report,
  type Rule,
  text,
  url,
} from './schema';

/** Slack's block elements and their limits: https://docs.slack.dev/reference/block-kit/block-elements */

type Shape = Readonly<Record<string, Rule>>;
type Also = (value: Fields, pointer: string, report: Report) => void;

const action = (type: string, required: Shape, optional: Shape, also?: Also): Rule =>
  object({ type: literal(type), ...required }, { action_id: identifier, ...optional }, also);

const placeholder = plainText(150);
const style = literal('primary', 'danger');
const focus = { focus_on_load: boolean };
const choice = { confirm, ...focus, placeholder };

const eitherOptions: Also = (value, pointer, report) => {
  if ((value['options'] === undefined) === (value['option_groups'] === undefined))
    report('must define either `options` or `option_groups`', pointer);
};

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** An initial option must be one of the options, to the letter. */
const initialAmong: Also = (value, pointer, report) => {
  const groups = (value['option_groups'] ?? []) as readonly { options?: readonly unknown[] }[];
  const offered = [
    ...((value['options'] ?? []) as readonly unknown[]),
    ...groups.flatMap((g) => g.options ?? []),
  ];
  const initial = [
    ...(value['initial_option'] === undefined ? [] : [value['initial_option']]),
    ...((value['initial_options'] ?? []) as readonly unknown[]),
  ];
  if (initial.some((one) => !offered.some((other) => same(one, other))))
    report('initial option must exactly match an option', pointer);
};

const both =
  (...rules: readonly Also[]): Also =>
  (value, pointer, report) => {
    for (const rule of rules) rule(value, pointer, report);
  };

const plainOption = option(plainText(75));
const textOption = option(textObject(75));
const options = list(plainOption, { max: 100 });
const option_groups = list(optionGroup, { max: 100 });
const max_selected_items = integer(1);
const id = text(64);

const button = action(
  'button',
  { text: plainText(75) },
  { value: text(2000), url: url(), style, confirm, accessibility_label: text(75) },
);

const selects: Shape = {
  static_select: action(
    'static_select',
    {},
    { options, option_groups, initial_option: plainOption, ...choice },
    both(eitherOptions, initialAmong),
  ),
  external_select: action(
    'external_select',
    {},
    { initial_option: plainOption, min_query_length: integer(0), ...choice },
  ),
  users_select: action('users_select', {}, { initial_user: id, ...choice }),
  conversations_select: action(
    'conversations_select',
    {},
    {
      initial_conversation: id,
      default_to_current_conversation: boolean,
      filter: conversationFilter,
      response_url_enabled: boolean,
      ...choice,
    },
  ),
  channels_select: action(
    'channels_select',
    {},
    { initial_channel: id, response_url_enabled: boolean, ...choice },
  ),
  multi_static_select: action(
    'multi_static_select',
    {},
    { options, option_groups, initial_options: list(plainOption), max_selected_items, ...choice },
    both(eitherOptions, initialAmong),
  ),
  multi_external_select: action(
    'multi_external_select',
    {},
    { initial_options: list(plainOption), min_query_length: integer(0), max_selected_items, ...choice },
  ),
  multi_users_select: action(
    'multi_users_select',
    {},
    { initial_users: list(id), max_selected_items, ...choice },
  ),
  multi_conversations_select: action(
    'multi_conversations_select',
    {},
    {
      initial_conversations: list(id),
      default_to_current_conversation: boolean,
      filter: conversationFilter,
      max_selected_items,
      ...choice,
    },
  ),
  multi_channels_select: action(
    'multi_channels_select',
    {},
    { initial_channels: list(id), max_selected_items, ...choice },
  ),
};

const groups: Shape = {
  checkboxes: action(
    'checkboxes',
    { options: list(textOption, { max: 10 }) },
    { initial_options: list(textOption), confirm, ...focus },
    initialAmong,
  ),
  radio_buttons: action(
    'radio_buttons',
    { options: list(textOption, { max: 10 }) },
    { initial_option: textOption, confirm, ...focus },
    initialAmong,
  ),
};

const pickers: Shape = {
  datepicker: action(
    'datepicker',
    {},
    { initial_date: pattern(/^\d{4}-\d{2}-\d{2}$/, 'must be YYYY-MM-DD'), ...choice },
  ),
  timepicker: action(
    'timepicker',
    {},
    { initial_time: pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:mm'), timezone: text(64), ...choice },
  ),
  datetimepicker: action(
    'datetimepicker',
    {},
    { initial_date_time: integer(1_000_000_000, 9_999_999_999), confirm, ...focus },
  ),
};

const typed = { dispatch_action_config: dispatchConfig, ...focus, placeholder };

const inputs: Shape = {
  plain_text_input: action(
    'plain_text_input',
    {},
    {
      initial_value: text(3000, 0),
      multiline: boolean,
      min_length: integer(0, 3000),
      max_length: integer(1, 3000),
      ...typed,
    },
  ),
  email_text_input: action('email_text_input', {}, { initial_value: text(3000), ...typed }),
  url_text_input: action('url_text_input', {}, { initial_value: text(3000), ...typed }),
  number_input: action(
    'number_input',
    { is_decimal_allowed: boolean },
    { initial_value: text(255), min_value: text(255), max_value: text(255), ...typed },
  ),
  rich_text_input: action(
    'rich_text_input',
    {},
    { initial_value: richText, min_lines: integer(1, 100), max_lines: integer(1, 100), ...typed },
  ),
  file_input: action('file_input', {}, { filetypes: list(text(64)), max_files: integer(1, 10) }),
};

const overflow = action('overflow', { options: list(overflowOption, { max: 5 }) }, { confirm });

const workflow_button = action(
  'workflow_button',
  {
    text: plainText(75),
    workflow: object({
      trigger: object(
        { url: url() },
        { customizable_input_parameters: list(object({ name: text(255), value: text(3000) })) },
      ),
    }),
  },
  { style, confirm, accessibility_label: text(75) },
);

const feedback = object({ text: plainText(75), value: text(2000) }, { accessibility_label: text(75) });

export const contextActionElements: Shape = {
  feedback_buttons: action('feedback_buttons', { positive_button: feedback, negative_button: feedback }, {}),
  icon_button: action(
    'icon_button',
    { icon: literal('trash'), text: plainText(75) },
    { value: text(2000), confirm, accessibility_label: text(75), visible_to_user_ids: list(id) },
  ),
};

export const urlSource: Rule = object({ type: literal('url'), url: url(), text: text(255) });

export const buttonElement = button;

export const actionElements: Shape = {
  button,
  ...selects,
  ...groups,
  ...pickers,
  overflow,
  workflow_button,
  rich_text_input: inputs['rich_text_input']!,
};

export const accessoryElements: Shape = {
  button,
  ...selects,
  ...groups,
  datepicker: pickers['datepicker']!,
  timepicker: pickers['timepicker']!,
  overflow,
  workflow_button,
};

export const inputElements: Shape = { ...selects, ...groups, ...pickers, ...inputs };

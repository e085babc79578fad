import {
  identifier,
  imageBlock,
  imageElement,
  mrkdwnText,
  plainText,
  richText,
  textObject,
} from './composition';
import {
  accessoryElements,
  actionElements,
  buttonElement,
  contextActionElements,
  inputElements,
  urlSource,
} from './elements';
import {
  boolean,
  byType,
  type Fields,
  integer,
  isObject,
  list,
  literal,
  number,
  object,
  type Report,
  type Rule,
  text,
  url,
} from './schema';

/** Slack's layout blocks and their limits: https://docs.slack.dev/reference/block-kit/blocks */

export type Surface = 'message' | 'modal' | 'home';

type Shape = Readonly<Record<string, Rule>>;

const block = (
  type: string,
  required: Shape,
  optional: Shape = {},
  also?: (value: Fields, pointer: string, report: Report) => void,
): Rule => object({ type: literal(type), ...required }, { block_id: identifier, ...optional }, also);

const rawText: Rule = object({ type: literal('raw_text'), text: text(10_000) });
const rawNumber: Rule = object({ type: literal('raw_number'), value: number }, { text: text(255) });
const cell: Rule = byType({ raw_text: rawText, raw_number: rawNumber, rich_text: richText });

/** The length of all text that a value holds, in UTF-16 units. */
export const textLength = (value: unknown): number => {
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + textLength(entry), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, field]) =>
      sum +
      ((key === 'text' || key === 'title') && typeof field === 'string' ? field.length : textLength(field)),
    0,
  );
};

/** All rows of a data table are equally wide, its header is plain, and its cells share 10,000 characters. */
const dataTable = (value: Fields, pointer: string, report: Report): void => {
  const rows = Array.isArray(value['rows']) ? (value['rows'] as readonly unknown[]) : [];
  const widths = new Set(rows.map((row) => (Array.isArray(row) ? row.length : -1)));
  if (widths.size > 1) report('all rows must have the same number of cells', `${pointer}/rows`);
  const header = Array.isArray(rows[0]) ? (rows[0] as readonly Fields[]) : [];
  if (header.some((entry) => isObject(entry) && entry['type'] === 'rich_text'))
    report('header cells must not be rich_text', `${pointer}/rows/0`);
  if (textLength(rows) > 10_000) report('must be less than 10001 characters', `${pointer}/rows`);
  const index = value['row_header_column_index'];
  if (typeof index === 'number' && index >= header.length)
    report('must name a column', `${pointer}/row_header_column_index`);
};

const needsTextOrFields = (value: Fields, pointer: string, report: Report): void => {
  if (value['text'] === undefined && value['fields'] === undefined)
    report('missing required field: text', pointer);
};

const card: Rule = block(
  'card',
  {},
  {
    hero_image: imageElement,
    icon: imageElement,
    title: mrkdwnText(150),
    subtitle: mrkdwnText(150),
    body: mrkdwnText(200),
    actions: list(buttonElement, { max: 3 }),
  },
  (value, pointer, report) => {
    if (!['hero_image', 'title', 'actions', 'body'].some((field) => value[field] !== undefined))
      report('must define one of `hero_image`, `title`, `actions`, `body`', pointer);
  },
);

const taskCard: Rule = block(
  'task_card',
  { task_id: text(255), title: text(3000), status: literal('pending', 'in_progress', 'complete', 'error') },
  { details: richText, output: richText, sources: list(urlSource) },
);

const plain: Shape = {
  actions: block('actions', { elements: list(byType(actionElements), { max: 25 }) }),
  context: block('context', {
    elements: list(byType({ image: imageElement, plain_text: textObject(3000), mrkdwn: textObject(3000) }), {
      max: 10,
    }),
  }),
  divider: block('divider', {}),
  header: block('header', { text: plainText(150) }),
  image: imageBlock,
  section: block(
    'section',
    {},
    {
      text: textObject(3000),
      fields: list(textObject(2000), { max: 10 }),
      accessory: byType({ ...accessoryElements, image: imageElement }),
      expand: boolean,
    },
    needsTextOrFields,
  ),
  table: block(
    'table',
    { rows: list(list(cell, { max: 20 }), { max: 100 }) },
    {
      column_settings: list(object({}, { align: literal('left', 'center', 'right'), is_wrapped: boolean }), {
        max: 20,
      }),
    },
  ),
  video: block(
    'video',
    { video_url: url(), thumbnail_url: url(), alt_text: text(2000), title: plainText(199) },
    {
      title_url: url(),
      author_name: text(49),
      provider_name: text(255),
      provider_icon_url: url(),
      description: plainText(3000),
    },
  ),
};

/** Both Slack's documentation and its validator take these; each takes some more that the other refuses. */
const containerChildren: Rule = byType(plain);

const container: Rule = block(
  'container',
  { child_blocks: list(containerChildren, { max: 10 }) },
  {
    title: plainText(150),
    rich_text_title: richText,
    subtitle: textObject(150),
    width: literal('narrow', 'standard', 'wide', 'full'),
    icon: imageElement,
    is_collapsible: boolean,
    default_collapsed: boolean,
    has_header_divider: boolean,
  },
  (value, pointer, report) => {
    if (value['title'] === undefined && value['rich_text_title'] === undefined)
      report('missing required field: title', pointer);
    if (value['default_collapsed'] === true && value['is_collapsible'] !== true)
      report('default_collapsed requires is_collapsible', pointer);
  },
);

const blocks: Shape = {
  ...plain,
  alert: block(
    'alert',
    { text: textObject(200) },
    { level: literal('default', 'info', 'warning', 'error', 'success') },
  ),
  card,
  carousel: block('carousel', { elements: list(card, { max: 10 }) }),
  container,
  context_actions: block('context_actions', { elements: list(byType(contextActionElements), { max: 5 }) }),
  data_table: block(
    'data_table',
    { caption: text(3000), rows: list(list(cell, { max: 20 }), { min: 2, max: 101 }) },
    { page_size: integer(1, 100), row_header_column_index: integer(0, 19) },
    dataTable,
  ),
  input: block(
    'input',
    { label: plainText(2000), element: byType(inputElements) },
    { hint: plainText(2000), optional: boolean, dispatch_action: boolean },
  ),
  markdown: block('markdown', { text: text(12_000) }),
  plan: block('plan', { title: text(3000) }, { tasks: list(taskCard, { max: 50 }) }),
  rich_text: richText,
  task_card: taskCard,
};

/** Blocks that a surface refuses: https://docs.slack.dev/blocks.json, `available-in-surfaces`. */
const notOn: Record<Surface, readonly string[]> = {
  message: ['alert'],
  modal: ['carousel', 'container', 'context_actions', 'data_table', 'markdown', 'plan', 'table', 'task_card'],
  home: ['alert', 'container', 'context_actions', 'data_table', 'markdown', 'plan', 'table', 'task_card'],
};

const on = (surface: Surface): Shape =>
  Object.fromEntries(Object.entries(blocks).filter(([type]) => !notOn[surface].includes(type)));

/** The rule for the list of blocks of each surface. */
export const surfaceRules: Readonly<Record<Surface, Rule>> = {
  message: list(byType(on('message')), { min: 0, max: 50 }),
  modal: list(byType(on('modal')), { min: 1, max: 100 }),
  home: list(byType(on('home')), { min: 0, max: 100 }),
};

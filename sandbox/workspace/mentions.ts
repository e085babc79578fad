import { isObject, textOf } from './blocks/schema';

/** Whom a message would notify. Slack reads mentions in `mrkdwn`, in `markdown` blocks and in rich text, not in plain text. */

const markup = /<(?:@([UW][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+)|!(here|channel|everyone))(?:\|[^>]*)?>/g;

const inMarkup = (text: string): string[] =>
  [...text.matchAll(markup)].map(([, user, group, range]) =>
    user ? `user:${user}` : group ? `usergroup:${group}` : String(range),
  );

const inBlocks = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(inBlocks);
  if (!isObject(value)) return [];
  switch (value['type']) {
    case 'mrkdwn':
    case 'markdown':
      return inMarkup(textOf(value['text']));
    case 'user':
      return [`user:${textOf(value['user_id'])}`];
    case 'usergroup':
      return [`usergroup:${textOf(value['usergroup_id'])}`];
    case 'broadcast':
      return [textOf(value['range'])];
    default:
      return Object.values(value).flatMap(inBlocks);
  }
};

/** Every mention, once: `user:U…`, `usergroup:S…`, `here`, `channel` or `everyone`. */
export const mentionsOf = (text: string, blocks: unknown, attachments: unknown = []): readonly string[] => [
  ...new Set([...inMarkup(text), ...inBlocks(blocks), ...inBlocks(attachments)]),
];

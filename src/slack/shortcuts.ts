/** Shortcuts of the app, which the manifest declares. Each stands for a command. */

/** In the menu of the whole workspace: opens the form of `/peering check`. */
export const checkShortcut = 'check_peering';

/** In the menu of a message: checks the clusters that the message names, and answers in its thread. */
export const checkMessageShortcut = 'check_peering_in_message';

/** Maximum characters to read of a message, and clusters to check at once. */
const maxText = 20_000;
const maxNamed = 20;

/** Fields of messages, blocks and attachments that people read, or that links lead to. */
const textFields = new Set([
  'text',
  'fallback',
  'pretext',
  'title',
  'title_link',
  'value',
  'url',
  'alt_text',
  'description',
  'author_name',
  'footer',
]);

/**
 * All texts in a message: its own, and those of its blocks and attachments, such as alerts have them. Not the words that
 * blocks are made of: a button with the style `primary` names no cluster.
 */
const textsIn = (message: unknown): readonly string[] => {
  if (typeof message !== 'object' || message === null) return [];
  return Object.entries(message).flatMap(([field, value]) =>
    typeof value === 'string' ? (textFields.has(field) ? [value] : []) : textsIn(value),
  );
};

/** Finds the names of clusters that stand in a message as words, in capitals too. */
export const clustersIn = (message: unknown, names: readonly string[]): readonly string[] => {
  const words = new Set(
    textsIn(message)
      .join(' ')
      .slice(0, maxText)
      .toLowerCase()
      .split(/[^a-z0-9._-]+/)
      .flatMap((word) => [word, word.replace(/^[._-]+|[._-]+$/g, '')]),
  );
  return names.filter((name) => words.has(name.toLowerCase())).slice(0, maxNamed);
};

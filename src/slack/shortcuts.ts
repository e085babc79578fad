/** Shortcuts of the app, which the manifest declares. Each stands for a command. */

/** In the menu of the whole workspace: opens the form of `/peering check`. */
export const checkShortcut = 'check_peering';

/** In the menu of a message: checks the clusters that the message names, and answers in its thread. */
export const checkMessageShortcut = 'check_peering_in_message';

/** Maximum characters to read of a message, and clusters to check at once. */
const maxText = 20_000;
const maxNamed = 20;

/** All texts in a message: its own, and those of its blocks and attachments, such as alerts have them. */
const textsIn = (message: unknown): readonly string[] => {
  if (typeof message === 'string') return [message];
  if (typeof message !== 'object' || message === null) return [];
  return Object.values(message).flatMap(textsIn);
};

/** Finds the names of clusters that stand in a message as words. */
export const clustersIn = (message: unknown, names: readonly string[]): readonly string[] => {
  const words = new Set(
    textsIn(message)
      .join(' ')
      .slice(0, maxText)
      .split(/[^A-Za-z0-9._-]+/)
      .flatMap((word) => [word, word.replace(/[._-]+$/, '')]),
  );
  return names.filter((name) => words.has(name)).slice(0, maxNamed);
};

import type { KnownBlock } from '@slack/types';

/**
 * Slack's limits, in one place. Characters are counted in UTF-16 units, which is never fewer than Slack counts.
 * Sources: docs.slack.dev/reference/block-kit and /reference/methods; where they are silent, what was seen.
 */
export const limits = {
  blocksPerMessage: 50,
  blocksPerView: 100,
  text: 3_000,
  header: 150,
  contextElements: 10,
  actionElements: 25,
  buttonText: 75,
  buttonValue: 2_000,
  /** Of one menu, or of one group of a menu. */
  options: 100,
  optionText: 75,
  optionValue: 150,
  viewTitle: 24,
  privateMetadata: 3_000,
  containerTitle: 150,
  containerChildren: 10,
  /** All text of one message: undocumented; refused (`msg_blocks_too_long`) from about 11,300 on. */
  messageText: 9_000,
  /** All text of one view: 250 kB of JSON are refused (`view_too_large`), and a character may take 3 bytes. */
  viewText: 60_000,
} as const;

/** The thread of one answer is never longer, whatever was found. The rest is in the file. */
export const maxThreadMessages = 10;

/** What is posted: `text` is the notification and what a client shows that cannot show blocks. */
export interface Message {
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** Keys whose strings are not shown and, as far as was seen, not counted. */
const unshown = new Set(['type', 'action_id', 'block_id', 'value']);

/** The characters of all text in some blocks, as the limit on a message's text is counted. */
export const textLength = (node: unknown): number => {
  if (typeof node === 'string') return node.length;
  if (typeof node !== 'object' || node === null) return 0;
  return Object.entries(node).reduce(
    (total, [key, value]) => (unshown.has(key) ? total : total + textLength(value)),
    0,
  );
};

/** How many blocks these are, a container's children among them: Slack does not say that they are free. */
export const blockCount = (blocks: readonly KnownBlock[]): number =>
  blocks.reduce(
    (total, block) => total + 1 + (block.type === 'container' ? block.child_blocks.length : 0),
    0,
  );

export interface Room {
  readonly blocks: number;
  readonly text: number;
}

/** The room that one message has. */
export const messageRoom: Room = { blocks: limits.blocksPerMessage, text: limits.messageText };

export const fits = (blocks: readonly KnownBlock[], room: Room): boolean =>
  blockCount(blocks) <= room.blocks && textLength(blocks) <= room.text;

/**
 * Packs parts (blocks that belong together, such as all about one finding) into as few messages as it can
 * without changing their order. A part that does not fit into a message of its own is split between its blocks.
 */
export const packMessages = <P extends { readonly blocks: readonly KnownBlock[] }>(
  parts: readonly P[],
  room: Room,
): readonly { readonly blocks: KnownBlock[]; readonly parts: readonly P[] }[] => {
  const messages: { blocks: KnownBlock[]; parts: P[] }[] = [];
  const add = (blocks: readonly KnownBlock[], part: P): void => {
    const last = messages.at(-1);
    if (last !== undefined && fits([...last.blocks, ...blocks], room)) {
      last.blocks.push(...blocks);
      if (last.parts.at(-1) !== part) last.parts.push(part);
    } else messages.push({ blocks: [...blocks], parts: [part] });
  };
  for (const part of parts) {
    if (fits(part.blocks, room)) add(part.blocks, part);
    else for (const block of part.blocks) add([block], part);
  }
  return messages;
};

/** The first items, at most so many and of at most `room` in length together. */
export const itemsThatFit = <T>(
  items: readonly T[],
  max: number,
  room: number,
  length: (item: T) => number,
): readonly T[] => {
  let left = room;
  const end = items.slice(0, max).findIndex((item) => {
    left -= length(item);
    return left < 0;
  });
  return items.slice(0, end === -1 ? max : end);
};

/** The first lines, at most so many and in at most so many characters. */
export const linesThatFit = (lines: readonly string[], max: number, room: number): readonly string[] =>
  itemsThatFit(lines, max, room, (line) => line.length + 1);

/** Joins lines into as few texts as it can, each within the limit of one text object. Lines must fit by themselves. */
export const packLines = (lines: readonly string[], max: number = limits.text): readonly string[] => {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= max)
      texts[texts.length - 1] = `${last}\n${line}`;
    else texts.push(line);
  }
  return texts;
};

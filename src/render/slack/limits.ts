import type { KnownBlock } from '@slack/types';

/**
 * Limits of Slack. Characters are counted in UTF-16 units, which is never less than what Slack counts. Sources:
 * docs.slack.dev/reference/block-kit and /reference/methods, and otherwise measured.
 */
export const limits = {
  blocksPerMessage: 50,
  /** In a modal or on App Home. */
  blocksPerModal: 100,
  text: 3_000,
  header: 150,
  contextElements: 10,
  actionElements: 25,
  buttonText: 75,
  buttonValue: 2_000,
  /** In one menu, or in one group of a menu. */
  options: 100,
  optionText: 75,
  optionValue: 150,
  modalTitle: 24,
  privateMetadata: 3_000,
  containerTitle: 150,
  containerChildren: 10,
  /** All text of one message. Undocumented; Slack refuses from about 11,300 (`msg_blocks_too_long`). */
  messageText: 9_000,
  /** All text of one modal. Slack refuses 250 kB of JSON (`view_too_large`), and a character can take 3 bytes. */
  modalText: 60_000,
} as const;

/** Maximum replies under one answer; the attached file has the rest. */
export const maxThreadMessages = 10;

/** A message to post. `text` is the notification, and what clients without blocks show. */
export interface Message {
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** Keys whose strings Slack does not show and, as measured, does not count. */
const notCounted = new Set(['type', 'action_id', 'block_id', 'value']);

/** Counts the characters of all text in some blocks, for the limit on the text of a message. */
export const textLength = (node: unknown): number => {
  if (typeof node === 'string') return node.length;
  if (typeof node !== 'object' || node === null) return 0;
  return Object.entries(node).reduce(
    (total, [key, value]) => (notCounted.has(key) ? total : total + textLength(value)),
    0,
  );
};

/** Counts blocks, including children of containers: Slack does not say that those do not count. */
const blockCount = (blocks: readonly KnownBlock[]): number =>
  blocks.reduce(
    (total, block) => total + 1 + (block.type === 'container' ? block.child_blocks.length : 0),
    0,
  );

export interface Room {
  readonly blocks: number;
  readonly text: number;
}

export const messageRoom: Room = { blocks: limits.blocksPerMessage, text: limits.messageText };

export const fits = (blocks: readonly KnownBlock[], room: Room): boolean =>
  blockCount(blocks) <= room.blocks && textLength(blocks) <= room.text;

/**
 * Packs parts (blocks that belong together, such as those of one finding) into as few messages as possible without
 * changing their order. A part that is too long for one message is split between its blocks.
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

/** Returns the first items, at most `max`, whose total length is at most `room`. */
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

/** Returns the first lines, at most `max`, with at most `room` characters in total. */
export const linesThatFit = (lines: readonly string[], max: number, room: number): readonly string[] =>
  itemsThatFit(lines, max, room, (line) => line.length + 1);

/** Joins lines into as few texts as possible, each of at most `max` characters. Each line must fit by itself. */
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

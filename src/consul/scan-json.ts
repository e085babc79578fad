const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const space = 0x20;
const openList = 0x5b;
const closeList = 0x5d;
const openMap = 0x7b;
const closeMap = 0x7d;

/** Stands in the text for what was nested too deep. Snapshots use the same mark for withheld values. */
const mark = Buffer.from('"<withheld>"');
const shortMark = Buffer.from('""');

/**
 * Goes through JSON text before it is parsed, without recursion: counts its values, and blanks in place what is
 * nested deeper than `maxDepth`. Code that walks a parsed value may then recurse. Text that is not JSON stays
 * invalid.
 *
 * @returns the number of values, at most one too many
 */
export const scanJson = (text: Buffer, maxDepth: number): { readonly values: number } => {
  let values = 1;
  let depth = 0;
  let cutFrom = 0;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    if (byte === quote) {
      at = endOfString(text, at);
    } else if (byte === comma) {
      values += 1;
    } else if (byte === openMap || byte === openList) {
      values += 1;
      depth += 1;
      if (depth === maxDepth + 1) cutFrom = at;
    } else if (byte === closeMap || byte === closeList) {
      if (depth === maxDepth + 1) blank(text, cutFrom, at + 1);
      depth -= 1;
    }
  }
  return { values };
};

/** The index of the closing quote, or the length of the text. */
const endOfString = (text: Buffer, opening: number): number => {
  let at = opening + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === backslash ? 2 : 1;
  return at;
};

const blank = (text: Buffer, from: number, to: number): void => {
  const fits = to - from >= mark.length ? mark : shortMark;
  fits.copy(text, from);
  text.fill(space, from + fits.length, to);
};

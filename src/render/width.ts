/** Measures and wraps text by its width in a terminal. Hidden characters must already be made visible. */

/** East Asian wide and fullwidth blocks (Unicode 16), and emoji, which have their own property. */
const wide =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
const combining = /[\p{Mn}\p{Me}]/u;

const characterWidth = (character: string): number => {
  if (character <= '\u02ff') return 1;
  if (combining.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
};

/** Returns the number of columns of one line. */
export const displayWidth = (text: string): number => {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
};

/** Breaks a word that is wider than a line. */
const broken = (word: string, width: number): string[] => {
  const pieces = [''];
  let used = 0;
  for (const character of word) {
    const next = characterWidth(character);
    if (used + next > width) {
      pieces.push('');
      used = 0;
    }
    pieces[pieces.length - 1] += character;
    used += next;
  }
  return pieces;
};

/** Wraps text to lines of at most `width` columns, at spaces if possible. */
export const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(' ')) {
    const needs = displayWidth(word);
    if (used > 0 && used + 1 + needs <= width) {
      line += ` ${word}`;
      used += 1 + needs;
      continue;
    }
    if (used > 0) lines.push(line.trimEnd());
    const pieces = needs > width ? broken(word, width) : [word];
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
    used = displayWidth(line);
  }
  if (used > 0 || lines.length === 0) lines.push(line);
  return lines;
};

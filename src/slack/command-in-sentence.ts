import { commandNames } from '../config/commands';

const isCommand = new Set<string>(commandNames);

/** Polite words before a command, and mentions of other people. */
const opening =
  /^(?:(?:hey|hi|hello|please|pls|plz|kindly|to|(?:can|could|would|will) (?:you|we)|<@[^>\s]{1,60}>)[\s,:;.!\u2013\u2014-]+)+/i;
const closing = /^(?:please|pls|plz|thanks|thank you|thx)?[\s,;.!?]*$/i;

/** Longest words at the end that are polite, with their punctuation. */
const maxClosing = 16;

/**
 * Takes away what surrounds a command in a sentence: punctuation after the mention, the format of code, in which commands are
 * pasted from help and from findings, and the slash command.
 */
export const plainCommand = (text: string): string =>
  text
    .replaceAll('`', ' ')
    .replace(/^[\s,:;.!\u2013\u2014-]+/, '')
    .replace(/^\/peering(?=\s|$)/i, '')
    .trim();

/** Polite words at the end that are taken off; more are left to be an unknown word. */
const maxPoliteWords = 8;

/** Returns where the last polite word begins. Looks only at the last few characters, so that a long text costs no more. */
const startOfClosing = (text: string): number | undefined => {
  const start = Math.max(0, text.length - maxClosing);
  for (let at = start; at < text.length; at += 1) {
    const isBoundary = at === 0 || /[\s,;.!?]/.test(text[at - 1] ?? '');
    if (isBoundary && closing.test(text.slice(at)) && /\p{L}/u.test(text.slice(at))) return at;
  }
  return undefined;
};

const withoutClosing = (given: string): string => {
  let text = given;
  for (let words = 0; words < maxPoliteWords; words += 1) {
    const start = startOfClosing(text);
    if (start === undefined) return text;
    text = text.slice(0, start).replace(/[\s,;.!?]{1,16}$/, '');
  }
  return text;
};

/** True if nothing but polite words and punctuation is left of a text. */
export const isPoliteOnly = (text: string): boolean => /^[\s,;:.!?)\]]*$/.test(withoutClosing(text.trim()));

/**
 * Returns the command of a sentence, such as `check prod-east` of "can you check prod-east, please?"; undefined if the first
 * other word is no command. A question mark stays where no polite words come before: names with one are globs.
 */
export const commandInSentence = (text: string): string | undefined => {
  const given = plainCommand(text);
  const opened = given.replace(opening, '');
  const command = withoutClosing(plainCommand(opened)).replace(/[\s,;:]{1,16}$/, '');
  const [name = ''] = /^[a-z]{1,20}(?=[\s?!.]|$)/i.exec(command) ?? [];
  if (!isCommand.has(name.toLowerCase())) return undefined;
  return opened === given ? command : command.replace(/[?!.]{1,4}$/, '').trim();
};

/**
 * Finds what cannot be pasted and read as it is: all but letters, digits, marks, punctuation, symbols and the plain space,
 * and those of them that have no width. Such characters (controls, direction overrides, private use, unusual spaces, line
 * separators, fillers, variation selectors) are written as escapes: terminals may act on them, and readers would miss them.
 */
export const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}|\u2800/u;

/** Lone surrogates have no UTF-8 form: they become U+FFFD, as Go's JSON decoder makes them. */
export const wellFormed = (text: string): string => text.replace(/\p{Cs}/gu, '\u{fffd}');

/** Writes JSON with only well-formed text. */
export const wellFormedJson = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'string') return wellFormed(item);
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([key, member]) => [wellFormed(key), member]));
  });

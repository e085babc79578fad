import { limits } from './limits';

/**
 * Encodes the parts of an action as a button's value; undefined if it is too long for Slack. Slack returns `&`, `<` and
 * `>` in values as entities (bolt-python#513), so they are escaped.
 */
export const encodeParts = (parts: readonly (string | null)[]): string | undefined => {
  const text = JSON.stringify([1, ...parts]).replace(
    /[&<>]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
  return text.length <= limits.buttonValue ? text : undefined;
};

/**
 * Decodes a button's value into `count` parts. Values come from outside: undefined for anything that `encodeParts`
 * cannot have produced, and the caller checks the type of each part.
 */
export const decodeParts = (value: string | undefined, count: number): readonly unknown[] | undefined => {
  if (value === undefined || value.length > limits.buttonValue) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed) || parsed.length !== count + 1) return undefined;
  const [version, ...parts] = parsed as readonly unknown[];
  return version === 1 ? parts : undefined;
};

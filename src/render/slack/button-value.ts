import { limits } from './limits';

/**
 * The parts of an action as a button's value, or nothing where they are longer than Slack takes. Slack sends `&`,
 * `<` and `>` in values back as entities (bolt-python#513), so they never stand there literally.
 */
export const encodeParts = (parts: readonly (string | null)[]): string | undefined => {
  const text = JSON.stringify([1, ...parts]).replace(
    /[&<>]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
  return text.length <= limits.buttonValue ? text : undefined;
};

/**
 * So many parts of a button's value. Values come back from outside: anything that cannot have been encoded gives
 * nothing, and what the parts are is for the caller to look at.
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

import type { z } from 'zod';
import { legible } from './hostile';

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** What the answer is instead, without any of its values: they may be secrets. */
  | { readonly ok: false; readonly says: string };

/** A body as JSON of the expected shape. */
export const parseBody = <T>(body: Buffer, schema: z.ZodType<T>, secrets: readonly string[]): Parsed<T> => {
  const text = body.toString();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    return { ok: false, says: `The answer is ${notJson(text, body.length)}` };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  const path = pathOf(issue?.path ?? []);
  const says = `The answer has another shape: at ${legible(path, secrets, 120)}: ${legible(issue?.message ?? '', secrets)}`;
  return { ok: false, says };
};

const notJson = (text: string, bytes: number): string => {
  if (text.trim() === '') return 'empty';
  return looksLikeMarkup(text) ? 'an HTML page' : `not JSON, or is cut short (${bytes} bytes)`;
};

export const looksLikeMarkup = (text: string): boolean => /^\s*</.test(text);

const pathOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('') || 'the top';

import { z } from 'zod';
import { budget } from '../config/budget';
import type { Allowance } from './allowance';
import { sanitizeText } from './sanitize-text';
import { scanJson } from './scan-json';
import { failure, type Failure, type Result, success } from '../result';

interface BodyProblem {
  /** Says what is wrong with the answer, without any of its values: they may be secrets. */
  readonly message: string;
  readonly isTooLarge: boolean;
}

const failed = (message: string): Failure<BodyProblem> => failure({ message, isTooLarge: false });

/**
 * Bytes of JSON that a schema parses before it is compiled. That takes 5 to 15 ms of CPU, and halves the time and the memory
 * that parsing takes from then on: a program that reads one small cluster does without.
 */
export const worthCompiling = 128 * 1024;

const parsedBytes = new WeakMap<z.ZodType, number>();
const compiled = new WeakMap<z.ZodType, z.ZodType>();

/** Returns what parses as a schema does, and faster where it has much to parse. */
const fastest = <T>(schema: z.ZodType<T>, bytes: number): z.ZodType<T> => {
  const known = compiled.get(schema);
  if (known) return known as z.ZodType<T>;
  const parsed = (parsedBytes.get(schema) ?? 0) + bytes;
  parsedBytes.set(schema, parsed);
  if (parsed < worthCompiling) return schema;
  const made = z.compile(schema);
  compiled.set(schema, made);
  return made;
};

/**
 * Parses a body as JSON of the expected shape. Withholds values that are nested too deep.
 *
 * @param allowance pays for the values of the body
 */
export const parseBody = <T>(
  body: Buffer,
  schema: z.ZodType<T>,
  secrets: readonly string[],
  allowance: Allowance | undefined,
): Result<T, BodyProblem> => {
  const { values } = scanJson(body, budget.answerDepth);
  if (values > budget.answerValues || allowance?.takeValues(values) === false) {
    const message = `The answer holds ${values} values, more than ${budget.answerValues} or than are left for one check`;
    return failure({ message, isTooLarge: true });
  }
  const text = body.toString();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    return failed(`The answer is ${notJson(text, body.length)}`);
  }
  const parsed = fastest(schema, body.length).safeParse(json);
  if (parsed.success) return success(parsed.data);
  const issue = parsed.error.issues[0];
  const path = pathOf(issue?.path ?? []);
  return failed(
    `The answer has another shape: at ${sanitizeText(path, secrets, 120)}: ${sanitizeText(issue?.message ?? '', secrets)}`,
  );
};

const notJson = (text: string, bytes: number): string => {
  if (text.trim() === '') return 'empty';
  return looksLikeMarkup(text) ? 'an HTML page' : `not JSON, or is cut short (${bytes} bytes)`;
};

export const looksLikeMarkup = (text: string): boolean => /^\s*</.test(text);

const pathOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('') || 'the top';

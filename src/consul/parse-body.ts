import type { z } from 'zod';
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
  const parsed = schema.safeParse(json);
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

import { readFileSync } from 'node:fs';
import { failure, type Result, success } from '../result';
import type { SecretRef } from './config';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a secret when it is used, so that a rotated file is picked up. Trims white space, because files end with a
 * newline. The error names the variable or file, and holds no part of the value. Control characters are refused here,
 * because the error of an HTTP header would quote the value.
 */
export const readSecret = (ref: SecretRef, env: Environment): Result<string> => {
  if ('env' in ref) {
    const value = env[ref.env]?.trim();
    if (!value) return failure(`the environment variable ${ref.env} is not set`);
    return printable(value, `the environment variable ${ref.env}`);
  }
  try {
    const value = readFileSync(ref.file, 'utf8').trim();
    if (!value) return failure(`the file ${ref.file} is empty`);
    return printable(value, `the file ${ref.file}`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return failure(`the file ${ref.file} cannot be read (${code})`);
  }
};

const printable = (value: string, where: string): Result<string> =>
  /^[\x21-\x7e]+$/.test(value)
    ? success(value)
    : failure(`${where} holds characters that no token has; expected one line of printable ASCII`);

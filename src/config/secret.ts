import { readFileSync } from 'node:fs';
import { failure, type Result, success } from '../result';
import type { SecretRef } from './config';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a secret where it lies, at the moment it is used, so that a rotated file is picked up. White space
 * around it is dropped (files end with a newline). Answers which variable is unset or which file cannot be
 * read, and never any part of the value: an HTTP header would refuse control characters with the value quoted.
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

import { readFileSync } from 'node:fs';
import { failure, type Result, success } from '../result';
import type { SecretRef } from './config';
import type { Problem } from './problem';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that hold secrets. Each can name a file instead, as `NAME_FILE`. */
const secretVariables = [
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'REDIS_URL',
  'PEERING_SIGNING_KEY',
  'PEERING_SIGNING_KEY_PREVIOUS',
  // Their addresses may hold a password.
  'HTTPS_PROXY',
  'HTTP_PROXY',
] as const;

/** Returns the environment with the secrets of the files that it names, and a problem for each secret that cannot be used. */
export const readSecretFiles = (
  env: Environment,
): { readonly environment: Environment; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  const found: Record<string, string> = {};
  for (const name of secretVariables) {
    const path = `${name}_FILE`;
    const file = env[path]?.trim();
    if (!file) continue;
    const secret = env[name]?.trim()
      ? failure(`is set together with ${name}: set only one of them`)
      : readSecret({ file }, env);
    if (secret.ok) found[name] = secret.value;
    else problems.push({ file: 'environment', path, message: secret.error });
  }
  return { environment: { ...env, ...found }, problems };
};

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

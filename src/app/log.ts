import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../config/env';

/**
 * The log: one line of JSON per event. Errors are reduced to name, message and stack, since those of HTTP clients
 * contain whole requests with their tokens. Fields with the names of secrets are removed as a safeguard.
 */
export const createLog = (level: LogLevel, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: { pid: process.pid },
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: bareError },
      redact: {
        paths: secretFields.flatMap((field) => [field, `*.${field}`]),
        censor: '[cut]',
      },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );

const secretFields = [
  'token',
  'authorization',
  'signingSecret',
  'responseUrl',
  'response_url',
  'SecretID',
  'password',
];

const bareError = (error: unknown): object =>
  error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { message: typeof error };

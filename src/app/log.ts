import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../config/env';

/**
 * The log: JSON, one line an event. Errors are reduced to name, message and stack: those of HTTP clients carry
 * whole requests with their tokens. Fields that hold secrets by their name are cut out should one ever be passed.
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

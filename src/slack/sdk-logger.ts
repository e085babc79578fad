import { type Logger as SdkLogger, LogLevel } from '@slack/bolt';
import type { Logger } from 'pino';

/**
 * Creates the log for Slack's SDKs: warnings and errors only, at any level of the bot, since at debug they print whole
 * envelopes, bodies and results. It keeps only text and messages of errors, and cuts out anything that looks like a
 * token or an address.
 */
export const sdkLogger = (log: Logger, name: string): SdkLogger => {
  const child = log.child({ sdk: name });
  const silent = (): void => undefined;
  return {
    debug: silent,
    info: silent,
    warn: (...parts) => child.warn(toText(parts)),
    error: (...parts) => child.error(toText(parts)),
    getLevel: () => LogLevel.WARN,
    setLevel: silent,
    setName: silent,
  };
};

const toText = (parts: readonly unknown[]): string =>
  parts
    .map((part) => (part instanceof Error ? part.message : typeof part === 'string' ? part : ''))
    .join(' ')
    .replaceAll(/\bx(?:ox[a-z]|app|oxe\.xox[a-z])-[\w-]+/g, '[token]')
    .replaceAll(/\b(?:https?|wss?):\/\/\S+/g, '[address]')
    .slice(0, 500)
    .trim();

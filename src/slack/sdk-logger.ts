import { type Logger as SdkLogger, LogLevel } from '@slack/bolt';
import type { Logger } from 'pino';

/**
 * The log as Slack's SDKs see it: warnings and errors only, whatever the bot's own level, since at debug they
 * print whole envelopes, bodies and results. Of what they print, only text and error names are taken over, and
 * anything that looks like a token or an address of Slack's that acts as one is cut out.
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

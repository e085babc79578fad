import { z } from 'zod';
import { failure, type Result, success } from '../result';
import { isExposed } from './plain-http';
import type { Problem } from './problem';
import type { ProcessUses } from './process-uses';
import { type Environment, readSecretFiles } from './secret';
import { omitUndefined } from '../omit-undefined';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

interface SlackEnv {
  /** Empty in a process that only probes. */
  readonly botToken: string;
  readonly apiUrl: string;
  /** The outbound proxy for calls to Slack: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Holds its password. */
  readonly proxy?: { readonly https: string; readonly http?: string; readonly except?: string };
  /** Connection mode of Slack. Absent in a process without the role `bot`. */
  readonly mode?:
    | { readonly kind: 'socket'; readonly appToken: string }
    | { readonly kind: 'http'; readonly signingSecret: string; readonly port: number };
}

export type AuditAnchor =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'consul'; readonly cluster: string; readonly path: string };

export interface Env {
  readonly slack: SlackEnv;
  readonly redisUrl: string;
  readonly logLevel: LogLevel;
  /** Absent: no health server. */
  readonly health?: { readonly host: string; readonly port: number };
  /** Port of requests: those of Slack in HTTP mode, and those of Alertmanager. */
  readonly port?: number;
  readonly signingKey: string;
  /** The previous key. It only verifies. */
  readonly previousSigningKey?: string;
  /** Keeps the head of the audit trail outside of Redis. */
  readonly auditAnchor?: AuditAnchor;
}

const secretWord = (expected: string, pattern: RegExp) =>
  z.string().regex(pattern, { error: `expected ${expected}` });
const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((value) => value <= 65_535);
const redisSchemes = /^(?:redis|rediss|redis-sentinel|rediss-sentinel|redis-cluster|rediss-cluster):\/\//;

/** Minimum different characters of a key. One in a billion random keys of 32 characters has fewer. */
const minDifferent = 8;

/** Tells whether a key can be guessed: it has few different characters, or repeats one word. */
const isWeak = (key: string): boolean => new Set(key).size < minDifferent || /^(.{1,32})\1+$/.test(key);

const signingKeyWord = secretWord(
  'at least 32 characters, such as the output of openssl rand -hex 32',
  /^[\x21-\x7e]{32,}$/,
).refine((key) => !isWeak(key), {
  error: 'expected a random key, such as the output of openssl rand -hex 32: this one can be guessed',
});

/** The address may hold a password, so no message repeats it. */
const proxyAddress = z.url({
  protocol: /^https?$/,
  error: 'expected the address of a proxy, such as http://proxy.example:3128',
});

/** One schema for each variable, with the message for a wrong value. */
const rules = {
  SLACK_BOT_TOKEN: secretWord('a bot token, which begins with xoxb-', /^xoxb-[\x21-\x7e]+$/),
  SLACK_APP_TOKEN: secretWord('an app-level token, which begins with xapp-', /^xapp-[\x21-\x7e]+$/),
  SLACK_SIGNING_SECRET: secretWord('the signing secret of the app', /^[\x21-\x7e]{8,}$/),
  SLACK_API_URL: z
    .url({
      protocol: /^https?$/,
      error: 'expected an https address, such as https://slack.com/api/, or http on this machine',
    })
    .refine((url) => !URL.canParse(url) || !isExposed(url), {
      error: 'expected https: over plain HTTP, others can read the bot token and every message',
    }),
  HTTPS_PROXY: proxyAddress,
  HTTP_PROXY: proxyAddress,
  REDIS_URL: z.string().regex(redisSchemes, {
    error: 'expected redis://, rediss://, redis-sentinel:// or redis-cluster:// and an address',
  }),
  PORT: port,
  HEALTH_PORT: port,
  HEALTH_HOST: secretWord('a host name or address', /^[\x21-\x7e]+$/),
  LOG_LEVEL: z.enum(logLevels, { error: `expected one of ${logLevels.join(', ')}` }),
  PEERING_SIGNING_KEY: signingKeyWord,
  PEERING_SIGNING_KEY_PREVIOUS: signingKeyWord,
  PEERING_AUDIT_ANCHOR: z.string().regex(/^(?:consul:[^/\s]+\/[\x21-\x7e]+|(?!consul:).+)$/, {
    error: 'expected the path of a file, or consul:CLUSTER/PATH for a key in the KV store of a cluster',
  }),
} as const;

type Variable = keyof typeof rules;

/** Reads only the signing keys, for commands that call neither Slack nor Consul. A failure is one line. */
export const readSigningKeys = (
  given: Environment,
): Result<{ readonly signingKey: string; readonly previousSigningKey?: string }> => {
  const { environment: env, problems } = readSecretFiles(given);
  const problem = problems.find(({ path }) => path.startsWith('PEERING_SIGNING_KEY'));
  if (problem) return failure(`${problem.path}: ${problem.message}`);
  const signingKey = env['PEERING_SIGNING_KEY']?.trim();
  const previousSigningKey = env['PEERING_SIGNING_KEY_PREVIOUS']?.trim();
  if (!signingKey) return failure('PEERING_SIGNING_KEY is not set; set it to the key of the bot');
  const wrong = [signingKey, previousSigningKey || signingKey].some(
    (key) => !signingKeyWord.safeParse(key).success,
  );
  if (wrong) return failure('PEERING_SIGNING_KEY: expected at least 32 random characters, without spaces');
  return success({ signingKey, ...omitUndefined({ previousSigningKey: previousSigningKey || undefined }) });
};

/** Variables of proxies are also written in lower case. */
const withUpperCaseProxies = (env: Environment): Environment => ({
  ...env,
  ...Object.fromEntries(
    ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'].map((name) => [name, env[name.toLowerCase()] ?? env[name]]),
  ),
});

/**
 * Reads the environment variables that this process uses. Returns every mistake at once, and requires only what its
 * roles and queues use: a worker needs no app token.
 */
export const readEnv = (given: Environment, uses: ProcessUses): Result<Env, readonly Problem[]> => {
  const { environment, problems: ofFiles } = readSecretFiles(given);
  const env = withUpperCaseProxies(environment);
  const problems: Problem[] = [...ofFiles];
  const isFileWrong = (variable: string): boolean => ofFiles.some(({ path }) => path === `${variable}_FILE`);
  const complain = (path: string, message: string): void => {
    problems.push({ file: 'environment', path, message });
  };
  const read = <V extends Variable>(variable: V): z.infer<(typeof rules)[V]> | undefined => {
    const text = env[variable]?.trim();
    if (!text || isFileWrong(variable)) return undefined;
    const parsed = rules[variable].safeParse(text);
    if (parsed.success) return parsed.data as z.infer<(typeof rules)[V]>;
    const fallback = variable.endsWith('PORT') ? 'expected a port number from 0 to 65535' : 'is not valid';
    const message = parsed.error.issues[0]?.message;
    complain(variable, message?.startsWith('expected') ? message : fallback);
    return undefined;
  };
  const need = <V extends Variable>(variable: V, purpose: string): z.infer<(typeof rules)[V]> | undefined => {
    if (!env[variable]?.trim() && !isFileWrong(variable)) complain(variable, `is not set; ${purpose}`);
    return read(variable);
  };

  if (env['NODE_TLS_REJECT_UNAUTHORIZED']?.trim() === '0') {
    const instead = 'unset it, and name your CA with NODE_EXTRA_CA_CERTS';
    complain('NODE_TLS_REJECT_UNAUTHORIZED', `is 0, so no server would be verified; ${instead}`);
  }

  const botToken =
    uses.probeFrom === undefined
      ? need('SLACK_BOT_TOKEN', 'set it to the bot token of the Slack app (xoxb-…)')
      : '';
  const apiUrl = read('SLACK_API_URL') ?? 'https://slack.com/api/';
  const https = read('HTTPS_PROXY');
  const proxy =
    https === undefined
      ? undefined
      : omitUndefined({ https, http: read('HTTP_PROXY'), except: env['NO_PROXY']?.trim() || undefined });
  const redisUrl = need('REDIS_URL', 'set it to the address of Redis, such as redis://localhost:6379');
  const logLevel = read('LOG_LEVEL') ?? 'info';
  const healthPort = read('HEALTH_PORT');
  const healthHost = read('HEALTH_HOST') ?? '127.0.0.1';
  const mode = uses.roles.includes('bot') ? readMode(env, read, complain) : undefined;
  const signingKey = need(
    'PEERING_SIGNING_KEY',
    'set it to the output of openssl rand -hex 32; the bot signs with it what it stores in Redis',
  );
  const previousSigningKey = read('PEERING_SIGNING_KEY_PREVIOUS');

  const anchor = read('PEERING_AUDIT_ANCHOR');

  const complete = botToken !== undefined && redisUrl !== undefined && signingKey !== undefined;
  if (problems.length > 0 || !complete) return failure(problems);
  return success(
    omitUndefined({
      slack: omitUndefined({
        botToken,
        apiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`,
        mode,
        proxy,
      }),
      redisUrl,
      port: uses.roles.includes('bot') ? read('PORT') : undefined,
      logLevel,
      health: healthPort === undefined ? undefined : { host: healthHost, port: healthPort },
      signingKey,
      previousSigningKey,
      auditAnchor: anchor === undefined ? undefined : parseAuditAnchor(anchor),
    }),
  );
};

/** Reads a value of `PEERING_AUDIT_ANCHOR`: the path of a file, or `consul:CLUSTER/PATH`. */
export const parseAuditAnchor = (text: string): AuditAnchor => {
  const [, cluster, path] = /^consul:([^/]+)\/(.+)$/.exec(text) ?? [];
  return cluster === undefined || path === undefined
    ? { kind: 'file', path: text }
    : { kind: 'consul', cluster, path };
};

const readMode = (
  env: Environment,
  read: <V extends Variable>(variable: V) => z.infer<(typeof rules)[V]> | undefined,
  complain: (path: string, message: string) => void,
): SlackEnv['mode'] => {
  if (env['SLACK_APP_TOKEN']?.trim() || env['SLACK_APP_TOKEN_FILE']?.trim()) {
    const appToken = read('SLACK_APP_TOKEN');
    return appToken === undefined ? undefined : { kind: 'socket', appToken };
  }
  if (!env['SLACK_SIGNING_SECRET']?.trim() && !env['SLACK_SIGNING_SECRET_FILE']?.trim()) {
    complain(
      'SLACK_APP_TOKEN',
      'is not set; set it for Socket Mode, or SLACK_SIGNING_SECRET and PORT for HTTP mode',
    );
    return undefined;
  }
  const signingSecret = read('SLACK_SIGNING_SECRET');
  if (!env['PORT']?.trim()) complain('PORT', 'is not set; set it to the port on which HTTP mode listens');
  const listen = read('PORT');
  return signingSecret === undefined || listen === undefined
    ? undefined
    : { kind: 'http', signingSecret, port: listen };
};

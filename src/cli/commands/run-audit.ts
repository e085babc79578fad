import { parseIsoTime } from '../../config/parse-iso-time';
import { parseDuration } from '../../config/duration';
import { renderAuditText } from '../../render/audit';
import { jsonLine, safeJson } from '../../render/json';
import { createRotatingSigner } from '../../signing/rotating-signer';
import type { SigningKeys } from '../../signing/seal-record';
import { createClients } from '../../clusters/clients';
import { readClustersFile } from '../../config/clusters-file';
import { type Environment, readSecretFiles } from '../../config/secret';
import { parseAuditAnchor } from '../../config/env';
import { clustersPath } from '../../config/process-uses';
import { failure, type Result, success } from '../../result';
import { type AuditEntry, type HeadAnchor, openAnchor, openAudit, readAudit } from '../../features/audit';
import type { RedisClient } from '../../redis/redis';
import { type AuditFormat, auditFormats } from '../audit-formats';
import {
  type CliCommand,
  choice,
  type ExitCode,
  exit,
  type Terminal,
  usageError,
  type Values,
  word,
} from '../command';
import { withRedis } from '../with-redis';

type Render = (entries: readonly AuditEntry[]) => string;

const renders: Readonly<Record<AuditFormat, Render>> = {
  text: renderAuditText,
  json: safeJson,
  jsonl: (entries) => entries.map(jsonLine).join(''),
};

/** Parses a duration back from now, or a date as ISO 8601, to ms since the epoch; undefined if it is neither. */
const sinceOf = (text: string, now: number): number | undefined => {
  const back = parseDuration(text);
  if (back !== undefined) return now - back;
  if (!/^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text)) return undefined;
  return parseIsoTime(text);
};

/** Shows the audit trail, and verifies it if that is asked for. */
export const runAudit: CliCommand['run'] = async (_args, values, terminal) => {
  const format = choice(values, 'format', auditFormats, 'text');
  if (typeof format === 'object') return usageError(terminal, format.problem);
  const render = renders[format];
  const given = word(values, 'since');
  const since = given === undefined ? 0 : sinceOf(given, Date.now());
  if (since === undefined) {
    return usageError(terminal, '--since takes a duration, such as 7d, or a date, such as 2026-11-23');
  }
  const verify = values['verify'] === true;
  const { environment, problems } = readSecretFiles(terminal.env);
  if (problems[0]) return usageError(terminal, `${problems[0].path}: ${problems[0].message}`);
  const key = environment['PEERING_SIGNING_KEY']?.trim();
  if (verify && !key)
    return usageError(terminal, '--verify needs PEERING_SIGNING_KEY: set it to the key of the bot');
  const anchor = verify ? anchorOf(values, terminal) : success(undefined);
  if (!anchor.ok) return usageError(terminal, anchor.error);
  return withRedis(environment['REDIS_URL']?.trim(), terminal, async (redis) => {
    terminal.out(render(await readAudit(redis, since)));
    return verify && key
      ? await verified(redis, keysOf(key, environment), anchor.value, terminal)
      : exit.fine;
  });
};

const keysOf = (signingKey: string, env: Environment): SigningKeys => ({
  signingKey,
  previousSigningKey: env['PEERING_SIGNING_KEY_PREVIOUS']?.trim() || undefined,
});

/** Opens the anchor that the environment names. For a key of Consul, the clusters file says where that is. */
const anchorOf = (values: Values, { env }: Terminal): Result<HeadAnchor | undefined> => {
  const text = env['PEERING_AUDIT_ANCHOR']?.trim();
  if (!text) return success(undefined);
  const anchor = parseAuditAnchor(text);
  if (anchor.kind === 'file') return openAnchor(anchor, () => ({ clusters: new Map() }), createClients(env));
  const file = clustersPath(env, word(values, 'clusters'));
  const read = readClustersFile(file);
  return read.ok
    ? openAnchor(anchor, () => read.value, createClients(env))
    : failure(`PEERING_AUDIT_ANCHOR needs ${file}, which is not valid: run peering-bot config validate`);
};

/** Prints on standard error whether the trail is complete; programs may read the entries on standard output. */
const verified = async (
  redis: RedisClient,
  keys: SigningKeys,
  anchor: HeadAnchor | undefined,
  terminal: Terminal,
): Promise<ExitCode> => {
  const { verify } = openAudit(redis, createRotatingSigner(keys), {
    maxAgeMs: Infinity,
    onEntry: () => undefined,
    anchor,
  });
  const found = await verify();
  if (found.ok) {
    const unanchored =
      anchor === undefined ? '; without PEERING_AUDIT_ANCHOR, removed newest entries are not noticed' : '';
    terminal.err(`peering-bot: the trail is complete: ${found.value} entries${unanchored}\n`);
    return exit.fine;
  }
  terminal.err(`peering-bot: the trail has a gap: ${found.error.message}\n`);
  return exit.findings;
};

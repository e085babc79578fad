import { readSecretFiles } from '../../config/secret';
import { readSigningKeys } from '../../config/env';
import { planMigration, planRequests } from '../../features/storage';
import type { RedisClient } from '../../redis/redis';
import { showInvisible } from '../../render/escape';
import { safeJson } from '../../render/json';
import { count } from '../../render/words';
import { createRotatingSigner } from '../../signing/rotating-signer';
import { createSealer, type SigningKeys } from '../../signing/seal-record';
import { type CliCommand, type ExitCode, exit, type Terminal, usageError, textOrJson } from '../command';
import type { ListedRecord } from '../lists';
import { withRedis } from '../with-redis';

/** Maximum length of the content in a line. */
const maxText = 300;

const lineOf = ({ action, kind, key, field, text }: ListedRecord): string =>
  `${showInvisible([action, kind, key, field, text].filter((word) => word !== '').join(' '))}\n`;

const migrate = async (
  redis: RedisClient,
  keys: SigningKeys,
  { sure, format }: { readonly sure: boolean; readonly format: 'text' | 'json' },
  terminal: Terminal,
): Promise<ExitCode> => {
  const { steps: records, refused } = await planMigration(redis, createSealer(keys));
  const steps = [...records, ...(await planRequests(redis, createRotatingSigner(keys)))];
  const rows: readonly ListedRecord[] = [
    ...steps.map(({ as, kind, key, field, text }) => ({
      action: as,
      kind,
      key,
      field,
      text: text.slice(0, maxText),
    })),
    ...refused.map(({ kind, key, field = '' }) => ({
      action: 'ignored' as const,
      kind,
      key,
      field,
      text: '',
    })),
  ];
  terminal.out(format === 'json' ? safeJson(rows) : rows.map(lineOf).join(''));
  if (steps.length === 0) {
    terminal.err('peering-bot: every record is signed with the current key\n');
    return exit.fine;
  }
  if (!sure) {
    terminal.err(
      `peering-bot: ${count(steps.length, 'record')} to sign as listed; nothing was changed. ` +
        'Read the list, then run peering-bot migrate-storage --yes\n',
    );
    return exit.findings;
  }
  for (const { write } of steps) await write();
  terminal.err(`peering-bot: signed ${count(steps.length, 'record')}\n`);
  return exit.fine;
};

/** Signs records of an earlier version or key, once they were listed. */
export const runMigration: CliCommand['run'] = async (_args, values, terminal) => {
  const format = textOrJson(values, terminal);
  if (typeof format === 'number') return format;
  const keys = readSigningKeys(terminal.env);
  if (!keys.ok) return usageError(terminal, keys.error);
  const { environment, problems } = readSecretFiles(terminal.env);
  if (problems[0]) return usageError(terminal, `${problems[0].path}: ${problems[0].message}`);
  return withRedis(environment['REDIS_URL']?.trim(), terminal, (redis) =>
    migrate(redis, keys.value, { sure: values['yes'] === true, format }, terminal),
  );
};

import { readSecretFiles } from '../../config/secret';
import { readSigningKeys } from '../../config/env';
import { planMigration, planRequests } from '../../features/storage';
import type { RedisClient } from '../../redis/redis';
import { showInvisible } from '../../render/escape';
import { count } from '../../render/words';
import { createRotatingSigner } from '../../signing/rotating-signer';
import { createSealer, type SigningKeys } from '../../signing/seal-record';
import { defineCliCommand, type ExitCode, exit, type Terminal, usageError } from '../command';
import { withRedis } from '../with-redis';

/** Maximum length of the content in a line. */
const maxText = 300;

const migrate = async (
  redis: RedisClient,
  keys: SigningKeys,
  sure: boolean,
  terminal: Terminal,
): Promise<ExitCode> => {
  const { steps: records, refused } = await planMigration(redis, createSealer(keys));
  const steps = [...records, ...(await planRequests(redis, createRotatingSigner(keys)))];
  for (const { as, kind, key, field, text } of steps) {
    const line = [as, kind, key, field, text.slice(0, maxText)].filter((word) => word !== '').join(' ');
    terminal.out(`${showInvisible(line)}\n`);
  }
  for (const { kind, key, field = '' } of refused) {
    terminal.out(`${showInvisible(`ignored ${kind} ${key} ${field}`.trim())}\n`);
  }
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

export const migrateStorage = defineCliCommand({
  name: 'migrate-storage',
  usage: '[--yes]',
  summary: 'Signs the records of an earlier version or of the previous key in Redis; stop the bot first',
  options: { yes: { type: 'boolean' } },
  optionHelp: { yes: 'sign what is listed; without it, nothing is changed' },
  positionals: [0, 0],
  async run(_args, values, terminal) {
    const keys = readSigningKeys(terminal.env);
    if (!keys.ok) return usageError(terminal, keys.error);
    const { environment, problems } = readSecretFiles(terminal.env);
    if (problems[0]) return usageError(terminal, `${problems[0].path}: ${problems[0].message}`);
    return withRedis(environment['REDIS_URL']?.trim(), terminal, (redis) =>
      migrate(redis, keys.value, values['yes'] === true, terminal),
    );
  },
});

import { defineCliCommand } from '../command';
import type * as loaded from './run-migration';

const load = (): typeof loaded => require('./run-migration');

export const migrateStorage = defineCliCommand({
  name: 'migrate-storage',
  usage: '[--yes] [--format text|json]',
  summary: 'Signs the records of an earlier version or of the previous key in Redis; stop the bot first',
  options: { yes: { type: 'boolean' }, format: { type: 'string' } },
  optionHelp: {
    yes: 'sign what is listed; without it, nothing is changed',
    format: 'FORMAT  text or json (default: text)',
  },
  examples: ['migrate-storage', 'migrate-storage -o json', 'migrate-storage --yes'],
  ignoresClusters: true,
  positionals: [0, 0],
  run: (...line) => load().runMigration(...line),
});

import type { CliCommand } from './command';
import { acl } from './commands/acl';
import { audit } from './commands/audit';
import { check } from './commands/check';
import { clusters } from './commands/clusters';
import { completeCommand, completion } from './commands/completion';
import { config } from './commands/config';
import { diff } from './commands/diff';
import { doctor } from './commands/doctor';
import { explain } from './commands/explain';
import { impact } from './commands/impact';
import { migrateStorage } from './commands/migrate-storage';
import { peeringsCommand } from './commands/peerings';
import { snapshot } from './commands/snapshot';
import type { Start } from './commands/run-start';
import { startCommand } from './commands/start';
import { trace } from './commands/trace';
import { version } from './commands/version';

/** Returns every command of the command line, in the order of help. To add one, add a line here. */
export const allCommands = (start: Start): readonly CliCommand[] => {
  const shown = [
    startCommand(start),
    check,
    trace,
    impact,
    peeringsCommand,
    acl,
    snapshot,
    diff,
    explain,
    audit,
    clusters,
    config,
    doctor,
    migrateStorage,
    completion,
    version,
  ];
  return [...shown, completeCommand(shown)];
};

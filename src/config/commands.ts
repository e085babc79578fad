/** Every subcommand of `/peering`, by the names that `access` grants. */
export const commandNames = [
  'acl',
  'audit',
  'check',
  'clusters',
  'connect',
  'diff',
  'digest',
  'disconnect',
  'doctor',
  'export',
  'help',
  'history',
  'impact',
  'mute',
  'mutes',
  'peerings',
  'renew',
  'subscribe',
  'subscriptions',
  'token',
  'trace',
  'unexport',
  'unmute',
  'unsubscribe',
] as const;

export type CommandName = (typeof commandNames)[number];

/** Open to full members of the workspace unless `restrict: true`; all others are denied unless granted. */
export const openCommands: ReadonlySet<CommandName> = new Set([
  'help',
  'clusters',
  'check',
  'trace',
  'history',
]);

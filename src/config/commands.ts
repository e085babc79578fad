/** Every subcommand of `/peering`: the names that `access` grants, and what they are open to by default. */
export const commandNames = [
  'acl',
  'audit',
  'check',
  'clusters',
  'connect',
  'digest',
  'help',
  'history',
  'mute',
  'mutes',
  'subscribe',
  'subscriptions',
  'token',
  'trace',
  'unmute',
  'unsubscribe',
] as const;

export type CommandName = (typeof commandNames)[number];

/** Open to full members of the workspace unless `restrict: true`; all else is denied unless granted. */
export const openCommands: ReadonlySet<CommandName> = new Set([
  'help',
  'clusters',
  'check',
  'trace',
  'history',
]);

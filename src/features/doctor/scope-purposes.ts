/** Scopes of the manifest, with what does not work without each. Tested against manifest.yml. */
export const scopePurposes: Readonly<Record<string, string>> = {
  commands: 'the slash command does not exist',
  'app_mentions:read': 'the bot does not answer when it is mentioned',
  'chat:write': 'no answer can be posted',
  'assistant:write': 'the assistant view shows no suggested prompts and no titles of threads',
  'links:read': "links to Consul's UI get no preview",
  'links:write': "links to Consul's UI get no preview",
  'files:read': 'config entries that are attached to a mention are not checked',
  'files:write': 'long reports are not attached',
  'channels:history': 'a message whose confirmation was lost may be posted twice in public channels',
  'groups:history': 'a message whose confirmation was lost may be posted twice in private channels',
  'im:history':
    'messages to the bot, also in the assistant view, get no answer; one of the bot may be posted twice there',
  'mpim:history': 'a message whose confirmation was lost may be posted twice in group messages',
  'users:read': 'guests and full members look alike, so commands are refused',
  'usergroups:read': 'grants and approvers by user group do not work',
};

/** Scopes that a workspace may refuse: everything else works without them. */
export const optionalScopes: ReadonlySet<string> = new Set([
  'assistant:write',
  'links:read',
  'links:write',
  'files:read',
  'channels:history',
  'groups:history',
  'im:history',
  'mpim:history',
]);

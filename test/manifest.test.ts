import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { commands, eventListeners } from '../src/app/listeners';
import { optionalScopes } from '../src/features/doctor/scope-purposes';
import { linkEvent } from '../src/slack/define-event';
import { assistantEvents } from '../src/slack/assistant-thread';
import { directMessageEvent, mentionEvent } from '../src/slack/mention';
import { checkMessageShortcut, checkShortcut } from '../src/slack/shortcuts';

const root = resolve(__dirname, '..');
const manifest = parse(readFileSync(join(root, 'manifest.yml'), 'utf8')) as {
  _metadata: { major_version: number };
  features: {
    app_home: { home_tab_enabled: boolean; messages_tab_enabled: boolean };
    assistant_view: {
      assistant_description: string;
      suggested_prompts: { title: string; message: string }[];
    };
    shortcuts: { name: string; type: string; callback_id: string }[];
    unfurl_domains: string[];
    slash_commands: { command: string; usage_hint: string; description: string }[];
  };
  oauth_config: { scopes: { bot: string[]; user?: string[] } };
  settings: {
    socket_mode_enabled: boolean;
    interactivity: { is_enabled: boolean };
    event_subscriptions: { bot_events: string[] };
  };
};

/** Scopes that each Web API method needs: https://docs.slack.dev/reference/methods */
const scopesOf: Readonly<Record<string, readonly string[]>> = {
  'assistant.threads.setStatus': ['chat:write'],
  'assistant.threads.setSuggestedPrompts': ['assistant:write'],
  'assistant.threads.setTitle': ['assistant:write'],
  'auth.test': [],
  // Uses the app-level token, whose scope is not in the manifest.
  'apps.connections.open': [],
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.delete': ['chat:write'],
  'chat.update': ['chat:write'],
  'chat.unfurl': ['links:write'],
  'conversations.history': ['channels:history', 'groups:history', 'im:history', 'mpim:history'],
  'conversations.replies': ['channels:history', 'groups:history', 'im:history', 'mpim:history'],
  'files.info': ['files:read'],
  filesUploadV2: ['files:write'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read'],
  'views.open': [],
  'views.publish': [],
  'views.update': [],
};

/** Web API methods that the bot calls, found by their notation: `client.chat.postMessage(`. */
const called = new Set(
  ['access', 'app', 'features', 'slack']
    .flatMap((folder) =>
      readdirSync(join(root, 'src', folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => join(folder, file)),
    )
    .flatMap((file) => [
      ...readFileSync(join(root, 'src', file), 'utf8').matchAll(
        /[cC]lient\s*\.\s*(\w+\.[\w.]+|filesUploadV2)\(/g,
      ),
    ])
    .map(([, method = '']) => method),
);

describe('manifest.yml', () => {
  it('has the schema version that Slack asks for', () => {
    expect(manifest._metadata.major_version).toBe(2);
  });

  it('hints at every command of the registry', () => {
    const [command, ...others] = manifest.features.slash_commands;
    expect(others).toEqual([]);
    expect(command?.command).toBe('/peering');
    expect(command?.usage_hint).toBe(commands.map(({ usage }) => usage).join(' | '));
    expect(command?.usage_hint.length).toBeLessThanOrEqual(1000);
  });

  it('declares the shortcuts that the code answers', () => {
    const declared = manifest.features.shortcuts.map(({ type, callback_id }) => [type, callback_id]);
    expect(declared).toEqual([
      ['message', checkMessageShortcut],
      ['global', checkShortcut],
    ]);
    expect(manifest.features.shortcuts.every(({ name }) => name.length <= 24)).toBe(true);
  });

  it('asks for the scopes that the code needs, and for no more', () => {
    const unknown = [...called].filter((method) => scopesOf[method] === undefined);
    expect(unknown).toEqual([]);
    const needed = new Set([
      'commands',
      'app_mentions:read',
      // Of the event link_shared.
      'links:read',
      ...[...called].flatMap((method) => scopesOf[method] ?? []),
    ]);
    expect(manifest.oauth_config.scopes.bot.toSorted()).toEqual([...needed].toSorted());
    expect(manifest.oauth_config.scopes.user).toBeUndefined();
  });

  it('says which scopes are optional', () => {
    const marked = new Set<string>();
    let isOptional = false;
    let wasComment = false;
    for (const line of readFileSync(join(root, 'manifest.yml'), 'utf8').split('\n')) {
      const [, comment] = /^\s*# (.*)/.exec(line) ?? [];
      const [, scope] = /^\s*- (\w+:\w+)$/.exec(line) ?? [];
      if (comment !== undefined) isOptional = comment.startsWith('optional: ') || (wasComment && isOptional);
      wasComment = comment !== undefined;
      if (scope !== undefined && isOptional) marked.add(scope);
    }
    expect(marked).toEqual(optionalScopes);
  });

  it('finds the calls in the code', () => {
    expect(called).toContain('chat.postMessage');
    expect(called).toContain('views.open');
  });

  it('subscribes to the events that the code listens to, and to no others', () => {
    expect(manifest.settings.event_subscriptions.bot_events).toEqual([
      ...eventListeners.map(({ name }) => name),
      mentionEvent,
      linkEvent,
      directMessageEvent,
      ...assistantEvents,
    ]);
    expect(manifest.features.app_home).toMatchObject({ home_tab_enabled: true, messages_tab_enabled: true });
  });

  it('lets people write to the bot, and suggests to everyone only what names no cluster', () => {
    const { app_home, assistant_view } = manifest.features;
    expect(app_home).toMatchObject({ messages_tab_read_only_enabled: false });
    expect(assistant_view.suggested_prompts.map(({ message }) => message)).toEqual(['help']);
  });

  it('lists few domains of links, by host name', () => {
    const { unfurl_domains: domains } = manifest.features;
    expect(domains.length).toBeLessThanOrEqual(5);
    expect(domains.filter((domain) => new URL(`https://${domain}`).host !== domain)).toEqual([]);
  });

  it('lets the bot be reached by commands and buttons over Socket Mode', () => {
    expect(manifest.settings).toMatchObject({
      socket_mode_enabled: true,
      interactivity: { is_enabled: true },
    });
  });
});

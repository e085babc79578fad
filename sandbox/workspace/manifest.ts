import { parse } from 'yaml';
import { type Fields, isObject, textOf } from './blocks/schema';
import type { AppManifest } from './settings';

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((found, key) => (isObject(found) ? found[key] : undefined), value);

const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(textOf) : []);

/** Reads an app manifest (YAML or JSON) for what the workspace goes by: scopes, commands, events, interactivity, Home tab. */
export const readManifest = (source: string): AppManifest => {
  const manifest: unknown = parse(source);
  const commands = at(manifest, 'features', 'slash_commands');
  return {
    scopes: strings(at(manifest, 'oauth_config', 'scopes', 'bot')),
    commands: (Array.isArray(commands) ? (commands as readonly Fields[]) : []).map((entry) => ({
      command: textOf(entry['command']),
      description: textOf(entry['description']),
      usageHint: textOf(entry['usage_hint']),
    })),
    events: strings(at(manifest, 'settings', 'event_subscriptions', 'bot_events')),
    interactive: at(manifest, 'settings', 'interactivity', 'is_enabled') === true,
    homeTab: at(manifest, 'features', 'app_home', 'home_tab_enabled') === true,
    unfurlDomains: strings(at(manifest, 'features', 'unfurl_domains')),
    assistantView: at(manifest, 'features', 'assistant_view') !== undefined,
  };
};

import type { HomeView } from '@slack/types';
import type { Asked, SlackTools } from './define';

/** Something that Slack tells of by itself, and what it changes on the App Home of the person whose doing it is. */
export interface EventListener {
  /** As Slack calls it, and as the manifest subscribes to it. */
  readonly name: 'app_home_opened';
  /** Reads the event, which comes from outside; undefined where it is nothing to us. */
  decode(event: unknown): { readonly user: string } | undefined;
  /** What App Home shows then. Decides itself who may see what: an event stands for no command. */
  home(asked: Asked, tools: SlackTools): Promise<HomeView>;
}

/** A typed identity, as for commands. */
export const defineEvent = (listener: EventListener): EventListener => listener;

import type { HomeView } from '@slack/types';
import type { SlackContext } from './define';

/** Listens for an event, and shows App Home to the person who caused it. */
export interface EventListener<Services = object> {
  /** The name that Slack uses, and that the manifest subscribes to. */
  readonly name: 'app_home_opened';
  /** Reads the event, which comes from outside; undefined if it does not matter here. */
  readonly decode: (event: unknown) => { readonly user: string } | undefined;
  /** Renders App Home. It decides about access itself, since an event belongs to no command. */
  readonly home: (context: SlackContext<Services>) => Promise<HomeView>;
}

/** Declares a listener for an event. */
export const defineEvent =
  <Services = object>() =>
  (listener: EventListener<Services>): EventListener<Services> =>
    listener;

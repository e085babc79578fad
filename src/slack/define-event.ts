import type { HomeView } from '@slack/types';
import type { SlackContext } from './define';

/** An event of Slack's, and the App Home of the person behind it that it leads to. */
export interface EventListener<Services = object> {
  /** The name that Slack uses, and that the manifest subscribes to. */
  readonly name: 'app_home_opened';
  /** Reads the event, which comes from outside; undefined where it does not matter here. */
  readonly decode: (event: unknown) => { readonly user: string } | undefined;
  /** Makes the view of App Home. Decides itself who may see what: an event stands for no command. */
  readonly home: (context: SlackContext<Services>) => Promise<HomeView>;
}

/** Declares a listener for an event. */
export const defineEvent =
  <Services = object>() =>
  (listener: EventListener<Services>): EventListener<Services> =>
    listener;

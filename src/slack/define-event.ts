import type { HomeView, LinkUnfurls } from '@slack/types';
import type { AssistantThread } from './assistant-thread';
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

/** The event of a message with links to the domains of the manifest. */
export const linkEvent = 'link_shared';

/** A message with links, and the person who posted it. */
export interface SharedLinks {
  readonly user: string;
  readonly channel: string;
  /** The timestamp of the message. */
  readonly ts: string;
  /** As the message has them. */
  readonly urls: readonly string[];
}

/** Shows previews of links in messages. */
export interface LinkListener<Services = object> {
  /** Reads the event, which comes from outside; undefined if it does not matter here. */
  readonly decode: (event: unknown) => SharedLinks | undefined;
  /**
   * Returns the previews that everyone in the channel may see, by the address of the link. It decides about access itself,
   * since an event belongs to no command.
   */
  readonly previews: (shared: SharedLinks, context: SlackContext<Services>) => Promise<LinkUnfurls>;
}

/** Declares the listener for links. */
export const defineLinks =
  <Services = object>() =>
  (listener: LinkListener<Services>): LinkListener<Services> =>
    listener;

/** A command that the assistant view offers. Both are plain text. */
export interface SuggestedPrompt {
  readonly title: string;
  /** Sent by the person who chooses it. */
  readonly message: string;
}

/** Suggests prompts in threads of the assistant view. */
export interface AssistantListener<Services = object> {
  /**
   * Returns at most four prompts that the person may send there. It decides about access itself, since an event belongs to no
   * command.
   */
  readonly prompts: (
    thread: AssistantThread,
    context: SlackContext<Services>,
  ) => Promise<readonly SuggestedPrompt[]>;
}

/** Declares the listener for the assistant view. */
export const defineAssistant =
  <Services = object>() =>
  (listener: AssistantListener<Services>): AssistantListener<Services> =>
    listener;

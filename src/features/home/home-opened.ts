import { z } from 'zod';
import { defineEvent } from '../../slack/define-event';
import { type HomeServices, loadHome } from './load';

const Opened = z.object({ user: z.string(), tab: z.literal('home') });

/** Shows the first page of App Home when a person opens it. */
export const homeOpened = defineEvent<HomeServices>()({
  name: 'app_home_opened',
  // The other tab is the conversation with the bot.
  decode: (event) => Opened.safeParse(event).data,
  home: (context) => loadHome(0, context),
});

import { z } from 'zod';
import { defineEvent } from '../../slack/define-event';
import { type HomeServices, loadHome } from './load';

const Opened = z.object({ user: z.string(), tab: z.literal('home') });

/** Somebody opens App Home: it is shown from its first page. */
export const homeOpened = defineEvent<HomeServices>()({
  name: 'app_home_opened',
  // The other tab is the conversation with the bot.
  decode: (event) => Opened.safeParse(event).data,
  home: (context) => loadHome(0, context),
});

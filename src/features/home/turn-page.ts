import { homeButtons } from './home-buttons';
import { type SealServices, connectCommand } from '../approvals';
import { defineAction } from '../../slack/define';

/** The buttons of App Home that only change its content: it is published again after every click. */
const showPage = (button: (typeof homeButtons)[keyof typeof homeButtons]) =>
  defineAction()({ button, command: 'clusters', access: () => [] });

export const previousPage = showPage(homeButtons.previous);
export const nextPage = showPage(homeButtons.next);
export const refreshHome = showPage(homeButtons.refresh);

/** Opens the form of `/peering connect`. */
export const connectFromHome = defineAction<SealServices>()({
  button: homeButtons.connect,
  command: 'connect',
  access: () => [],
  modal: {
    title: 'Connect two clusters',
    fill: async (context) => connectCommand.form?.({ ...context, args: {} }),
  },
});

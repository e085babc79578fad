import { decodePage, homeActionIds } from './home-button-values';
import { type SealServices as ConnectServices, connectCommand } from '../approvals';
import { defineAction } from '../../slack/define';

/** The buttons of App Home that only change what it shows: it is published anew after every click. */
const turning = (id: string) =>
  defineAction()({ id, command: 'clusters', decode: decodePage, access: () => [] });

export const previousPage = turning(homeActionIds.previous);
export const nextPage = turning(homeActionIds.next);
export const refreshHome = turning(homeActionIds.refresh);

/** Asks which clusters to connect. */
export const connectFromHome = defineAction<ConnectServices>()({
  id: homeActionIds.connect,
  command: 'connect',
  decode: decodePage,
  access: () => [],
  modal: {
    title: 'Connect two clusters',
    fill: async (context) => connectCommand.form?.({ ...context, args: {} }),
  },
});

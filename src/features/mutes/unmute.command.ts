import { accessTo } from '../../slack/access-to';
import { endMute, type MuteServices } from './change-mute';
import { defineCommand } from '../../slack/define';
import { parseUnmute } from './parse-mute';

export const unmuteCommand = defineCommand<MuteServices>()({
  name: 'unmute',
  usage: 'unmute CLUSTER|GLOB|SELECTOR CHECK [SUBJECT]',
  summary: 'ends a mute, so that its findings count again',
  args: [
    { name: 'cluster', kind: 'pattern' },
    { name: 'check', kind: 'words' },
  ],
  decidedBy: 'listener',
  access: accessTo,
  run: ({ args: { cluster, check }, ...context }) => endMute(cluster, parseUnmute(check), context),
});

import { endMute } from './change-mute';
import { defineCommand } from '../../slack/define';
import { parseUnmute } from './parse-mute';

export const unmute = defineCommand({
  name: 'unmute',
  usage: 'unmute CLUSTER CHECK [SUBJECT]',
  summary: 'ends a mute, so that its findings count again',
  args: [
    { name: 'cluster', kind: 'cluster' },
    { name: 'check', kind: 'words' },
  ],
  decidedBy: 'listener',
  access: ({ cluster }) => [cluster],
  run: ({ cluster, check }, asked, tools) => endMute(cluster, parseUnmute(check), asked, tools),
});

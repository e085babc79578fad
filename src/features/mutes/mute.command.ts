import { openCommandForm } from '../../slack/command-form';
import { muteCommandForm } from './mute-command-form';
import { accessTo } from '../../slack/access-to';
import { renderFailure } from '../../render/slack/failure';
import { muteFindings, type MuteServices } from './change-mute';
import { defineCommand } from '../../slack/define';
import { parseMute } from './parse-mute';

const usage = 'mute CLUSTER|GLOB|SELECTOR CHECK [SUBJECT] for 7d REASON';

export const muteCommand = defineCommand<MuteServices & { readonly checkIds: readonly string[] }>()({
  name: 'mute',
  usage,
  summary: 'silences findings temporarily, of one check or of several such as mesh-*',
  args: [
    { name: 'cluster', kind: 'pattern' },
    { name: 'check', kind: 'words' },
  ],
  decidedBy: 'listener',
  access: accessTo,
  run: async ({ args: { cluster, check }, ...context }) => {
    const parsed = parseMute(check, context.checkIds);
    return parsed.ok
      ? muteFindings(cluster, parsed.value, context)
      : renderFailure({ kind: 'usage', problem: parsed.error, usage: `/peering ${usage}` });
  },
  form: ({ args: { cluster }, ...context }) => openCommandForm(muteCommandForm, context, cluster),
});

import { openCommandForm } from '../../slack/command-form';
import { muteCommandForm } from './mute-command-form';
import { accessTo } from '../../slack/access-to';
import { renderFailure } from '../../render/slack/failure';
import { muteFindings, type MuteServices } from './change-mute';
import { defineCommand } from '../../slack/define';
import { renderFormButton } from '../../slack/form-buttons';
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
    if (parsed.ok) return muteFindings(cluster, parsed.value, context);
    const failed = { kind: 'usage', problem: parsed.error, usage: `/peering ${usage}` } as const;
    return renderFailure(failed, renderFormButton('mute', `mute ${cluster}`, context));
  },
  form: ({ args: { cluster }, ...context }) => openCommandForm(muteCommandForm, context, cluster),
});

import { parseDuration } from '../../config/duration';
import { decodeParts } from '../../render/slack/button-value';
import { muteFields, muteFormId, muteScopes } from './mutes.message';
import { muteFindings, type MuteServices } from './change-mute';
import { defineModal } from '../../slack/define';
import { choiceIn, textIn } from '../../slack/modal-inputs';
import { durationProblem, reasonProblem } from './parse-mute';

/** Mutes a finding, or everything that its check finds. */
export const muteFindingModal = defineModal<MuteServices>()({
  callbackId: muteFormId,
  command: 'mute',
  decode: (modal) => {
    const [cluster, check, subject, channel] = decodeParts(modal.private_metadata, 4) ?? [];
    const scope = choiceIn(modal, muteFields.scope);
    const forMs = parseDuration(choiceIn(modal, muteFields.end) ?? '');
    const reason = textIn(modal, muteFields.reason);
    if (typeof cluster !== 'string' || typeof check !== 'string' || typeof channel !== 'string')
      return undefined;
    if (subject !== null && typeof subject !== 'string') return undefined;
    if (forMs === undefined || durationProblem(forMs) !== undefined || reason === undefined) return undefined;
    const all = scope === muteScopes.check;
    if (!all && scope !== muteScopes.finding) return undefined;
    return { cluster, channel, mute: { check, subject: all ? null : subject, forMs, reason } };
  },
  access: ({ cluster }) => [cluster],
  channel: ({ channel }) => channel,
  problems: ({ value: { mute } }) => {
    const problem = reasonProblem(mute.reason);
    return problem === undefined ? undefined : { [muteFields.reason]: problem };
  },
  run: ({ value: { cluster, mute }, ...context }) => muteFindings(cluster, mute, context),
});

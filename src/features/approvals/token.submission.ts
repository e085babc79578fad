import { approvalFields as fields, approvalFormIds } from './request-forms.modal';
import { decodeParts } from '../../render/slack/button-value';
import { askFor, type Wanted } from './wanted';
import { inputProblems } from './input-problems';
import type { SealServices } from './seal-job';
import { defineModal } from '../../slack/define';
import { choiceIn, choicesIn, textIn } from '../../slack/inputs';

/** The form of `/peering token`, filled in. */
export const askToken = defineModal<SealServices>()({
  callbackId: approvalFormIds.token,
  command: 'token',
  decidedBy: 'job',
  decode: (view) => {
    const [channel] = decodeParts(view.private_metadata, 1) ?? [];
    const acceptor = choiceIn(view, fields.acceptor);
    const peer = textIn(view, fields.peer);
    const reason = textIn(view, fields.reason);
    if (typeof channel !== 'string' || acceptor === undefined) return undefined;
    if (peer === undefined || reason === undefined) return undefined;
    const replace = choicesIn(view, fields.replace).includes('replace');
    const wanted: Wanted = { kind: 'token', acceptor, peer, replace, reason };
    return { channel, wanted };
  },
  access: ({ wanted }) => [wanted.acceptor],
  channel: ({ channel }) => channel,
  problems: ({ value: { wanted }, ...context }) => inputProblems(wanted, context),
  run: ({ value: { wanted }, ...context }) => askFor(wanted, context),
});

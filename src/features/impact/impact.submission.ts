import { z } from 'zod';
import { decodeParts } from '../../render/slack/button-value';
import { defineModal } from '../../slack/define';
import { NonEmpty } from '../../slack/define-button';
import { choiceIn } from '../../slack/modal-inputs';
import { queueImpact } from './impact.command';
import { impactFields, impactFormId } from './impact-form.modal';

const Part = z.tuple([NonEmpty, NonEmpty]);

/** Looks for what depends on the part that was chosen in the modal of `/peering impact`. */
export const submitImpact = defineModal()({
  callbackId: impactFormId,
  command: 'impact',
  decidedBy: 'job',
  decode: (modal) => {
    const [channel] = decodeParts(modal.private_metadata, 1) ?? [];
    const chosen = Part.safeParse(decodeParts(choiceIn(modal, impactFields.part), 2));
    if (typeof channel !== 'string' || !chosen.success) return undefined;
    const [cluster, part] = chosen.data;
    return { channel, names: { cluster, part } };
  },
  access: ({ names }) => [names.cluster],
  channel: ({ channel }) => channel,
  run: ({ value: { names }, ...context }) => queueImpact(names, context),
});

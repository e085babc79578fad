import { z } from 'zod';
import { decodeParts } from '../../render/slack/button-value';
import { defineModal } from '../../slack/define';
import { NonEmpty } from '../../slack/define-button';
import { choiceIn } from '../../slack/modal-inputs';
import { queueTrace } from './trace.command';
import { traceFields, traceFormId } from './trace-form.modal';

const Call = z.tuple([NonEmpty, NonEmpty, NonEmpty, NonEmpty]);

/** Follows the call that was chosen in the modal of `/peering trace`. */
export const submitTrace = defineModal()({
  callbackId: traceFormId,
  command: 'trace',
  decidedBy: 'job',
  decode: (modal) => {
    const [channel] = decodeParts(modal.private_metadata, 1) ?? [];
    const call = Call.safeParse(decodeParts(choiceIn(modal, traceFields.call), 4));
    if (typeof channel !== 'string' || !call.success) return undefined;
    const [cluster, service, destination, peer] = call.data;
    return { channel, names: { cluster, service, destination, peer } };
  },
  access: ({ names }) => [names.cluster],
  channel: ({ channel }) => channel,
  run: ({ value: { names }, ...context }) => queueTrace(names, context),
});

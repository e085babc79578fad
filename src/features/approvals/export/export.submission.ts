import { z } from 'zod';
import { decodeParts } from '../../../render/slack/button-value';
import { defineModal } from '../../../slack/define';
import { NonEmpty } from '../../../slack/define-button';
import { choiceIn, textIn } from '../../../slack/modal-inputs';
import { inputProblems } from '../new-requests/input-problems';
import { type NewRequest, submitRequest } from '../new-requests/new-request';
import type { ExportKind } from '../plans/plan-export';
import { approvalFields as fields, approvalFormIds } from '../new-requests/form-parts.modal';
import type { SealServices } from '../jobs/seal-job';

const Target = z.tuple([NonEmpty, NonEmpty]);

/** Handles the submitted form of `/peering export` or `/peering unexport`. */
const exportSubmissionOf = (kind: ExportKind) =>
  defineModal<SealServices>()({
    callbackId: approvalFormIds[kind],
    command: kind,
    decidedBy: 'job',
    decode: (modal) => {
      const [channel] = decodeParts(modal.private_metadata, 1) ?? [];
      const target = Target.safeParse(decodeParts(choiceIn(modal, fields.peer), 2));
      const service = textIn(modal, fields.service);
      const reason = textIn(modal, fields.reason);
      if (typeof channel !== 'string' || !target.success) return undefined;
      if (service === undefined || reason === undefined) return undefined;
      const [acceptor, peer] = target.data;
      const request: NewRequest = { kind, acceptor, peer, service, reason };
      return { channel, request };
    },
    access: ({ request }) => [request.acceptor],
    channel: ({ channel }) => channel,
    problems: ({ value: { request }, ...context }) => inputProblems(request, context),
    run: ({ value: { request }, ...context }) => submitRequest(request, context),
  });

export const submitExport = exportSubmissionOf('export');
export const submitUnexport = exportSubmissionOf('unexport');

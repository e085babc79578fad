import type { ModalView } from '@slack/types';
import { encodeParts } from '../../../render/slack/button-value';
import { context } from '../../../render/slack/blocks';
import { form, groupedSelect, input, inputAction, withUnlisted } from '../../../render/slack/form';
import type { ExportKind } from '../plans/plan-export';
import {
  anotherPerson,
  approvalFields,
  approvalFormIds,
  reasonInput,
} from '../new-requests/form-parts.modal';
import type { ExportTarget } from './export-targets';

/** The form of `/peering export` and `/peering unexport`; undefined if there is no peer to choose. */
export const renderExportForm = (
  kind: ExportKind,
  {
    channel,
    targets,
    service,
  }: {
    readonly channel: string;
    readonly targets: readonly ExportTarget[];
    readonly service: string | undefined;
  },
): ModalView | undefined => {
  const groups = targets.map(([cluster, peers]) => {
    const options = peers.flatMap((peer) => {
      const value = encodeParts([cluster, peer]);
      return value === undefined ? [] : [{ text: `${cluster} → ${peer}`, value }];
    });
    return [cluster, options] as const;
  });
  const select = groupedSelect('Choose a peer', groups);
  const isExport = kind === 'export';
  const hint = isExport ? 'A service of the cluster' : 'A service that the cluster exports to the peer';
  return (
    select &&
    form(approvalFormIds[kind], isExport ? 'Export a service' : 'End an export', [channel], 'Request', [
      context(anotherPerson),
      input(
        { id: approvalFields.service, label: 'Service', hint },
        {
          type: 'plain_text_input',
          action_id: inputAction,
          max_length: 255,
          ...(service !== undefined && { initial_value: service.slice(0, 255) }),
        },
      ),
      input(
        {
          id: approvalFields.peer,
          label: 'From and to',
          hint: withUnlisted('The cluster and its peer. Type others after the command', groups),
        },
        select,
      ),
      reasonInput('The approvers read it', true),
    ])
  );
};

import type { ModalView } from '@slack/types';
import { encodeParts } from '../../render/slack/button-value';
import { form, type FormOption, groupedSelect, input } from '../../render/slack/form';
import type { LatestPeers } from '../history';
import type { TraceRequest } from './trace-request';

/** The modal of `/peering trace`, where words are missing. */

export const traceFormId = 'trace:ask-call';
export const traceFields = { call: 'call' } as const;

type Given = Partial<Pick<TraceRequest, 'cluster' | 'service'>>;

const optionsOf = ({ cluster, peers }: LatestPeers, { service }: Given): readonly FormOption[] =>
  peers.flatMap(({ name, calls = [] }) =>
    calls
      .filter((call) => service === undefined || call.service === service)
      .flatMap((call): readonly FormOption[] => {
        const value = encodeParts([cluster, call.service, call.destination, name]);
        return value === undefined
          ? []
          : [{ text: `${call.service} → ${call.destination} (${name})`, value }];
      }),
  );

/** Renders a drop-down of the calls that were last seen, by cluster; undefined if there are none. */
export const renderTraceForm = (
  seen: readonly LatestPeers[],
  given: Given,
  channel: string,
): ModalView | undefined => {
  const select = groupedSelect(
    'Choose a call',
    seen.map((one) => [one.cluster, optionsOf(one, given)] as const),
  );
  const label = 'Call';
  const hint = 'Calls that the newest check of each cluster saw. Type other names after the command';
  return (
    select &&
    form(traceFormId, 'Trace a call', [channel], 'Trace', [
      input({ id: traceFields.call, label, hint }, select),
    ])
  );
};

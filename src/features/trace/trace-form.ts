import { encodeParts } from '../../render/slack/button-value';
import type { CommandForm } from '../../render/slack/command-form';
import type { FormOption } from '../../render/slack/form';
import type { LatestPeers } from '../history';
import type { TraceRequest } from './trace-request';

/** The modal of `/peering trace`, where words are missing. */
export const traceForm = {
  command: 'trace',
  title: 'Trace a call',
  submit: 'Trace',
  fields: [
    {
      id: 'call',
      label: 'Call',
      hint: 'Calls that the newest check of each cluster saw. Type other names after the command',
      element: { kind: 'names', placeholder: 'Choose a call', parts: 4 },
    },
  ],
  words: ({ call = ['CLUSTER', 'SERVICE', 'DESTINATION'] }) => call,
} as const satisfies CommandForm;

/** Lists the calls of a cluster that were last seen; of one service, if its name is given. */
export const listCalls = (
  { cluster, peers }: LatestPeers,
  { service }: Partial<Pick<TraceRequest, 'service'>>,
): readonly FormOption[] =>
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

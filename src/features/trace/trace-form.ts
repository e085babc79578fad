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

/** The modal of `/peering trace` before a check has seen a call: its names are typed. */
export const typedTraceForm = {
  command: 'trace',
  id: 'trace-typed',
  title: 'Trace a call',
  submit: 'Trace',
  fields: [
    { id: 'cluster', label: 'Cluster', element: { kind: 'cluster' } },
    { id: 'service', label: 'Service that calls', element: { kind: 'text', maxLength: 128 } },
    {
      id: 'destination',
      label: 'Destination',
      hint: 'A service of a peer. The newest checks saw no call to choose from',
      element: { kind: 'text', maxLength: 128 },
    },
    {
      id: 'peer',
      label: 'Peer',
      hint: 'The name of one peering of that cluster; empty: the one that exports the destination',
      optional: true,
      element: { kind: 'text', maxLength: 64 },
    },
  ],
  words: ({ cluster = ['CLUSTER'], service = ['SERVICE'], destination = ['DESTINATION'], peer = [] }) => [
    ...cluster,
    ...service,
    ...destination,
    ...peer,
  ],
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

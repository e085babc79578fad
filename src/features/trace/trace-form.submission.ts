import { defineCommandForm, type FormServices } from '../../slack/command-form';
import type { LatestPeersServices } from '../history';
import { traceCommand } from './trace.command';
import { traceForm, typedTraceForm } from './trace-form';

/** Follows the call that was chosen in the modal of `/peering trace`. */
export const submitTrace = defineCommandForm<LatestPeersServices & FormServices>(traceForm, traceCommand);

/** Follows the call whose names were typed there. */
export const submitTypedTrace = defineCommandForm<LatestPeersServices & FormServices>(
  typedTraceForm,
  traceCommand,
);

import { defineCommandForm } from '../../slack/command-form';
import type { LatestPeersServices } from '../history';
import { traceCommand } from './trace.command';
import { traceForm } from './trace-form';

/** Follows the call that was chosen in the modal of `/peering trace`. */
export const submitTrace = defineCommandForm<LatestPeersServices>(traceForm, traceCommand);

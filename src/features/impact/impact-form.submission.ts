import { defineCommandForm } from '../../slack/command-form';
import type { LatestPeersServices } from '../history';
import { impactCommand } from './impact.command';
import { impactForm } from './impact-form';

/** Looks for what depends on the part that was chosen in the modal of `/peering impact`. */
export const submitImpact = defineCommandForm<LatestPeersServices>(impactForm, impactCommand);

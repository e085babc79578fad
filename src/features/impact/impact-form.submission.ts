import { defineCommandForm, type FormServices } from '../../slack/command-form';
import type { LatestPeersServices } from '../history';
import { impactCommand } from './impact.command';
import { impactForm, typedImpactForm } from './impact-form';

/** Looks for what depends on the part that was chosen in the modal of `/peering impact`. */
export const submitImpact = defineCommandForm<LatestPeersServices & FormServices>(impactForm, impactCommand);

/** Looks for what depends on the part whose name was typed there. */
export const submitTypedImpact = defineCommandForm<LatestPeersServices & FormServices>(
  typedImpactForm,
  impactCommand,
);

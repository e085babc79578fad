import { command } from './shell';
import { type FixTenancy, tenancyFlags } from './tenancy';

/** Starts the Envoy of a sidecar or gateway by its id: an agent may have several of one name. */
export const startEnvoyCommand = (id: string, tenancy: FixTenancy = {}): string | undefined =>
  command(['consul', 'connect', 'envoy', ...tenancyFlags(tenancy), '-proxy-id', id]);

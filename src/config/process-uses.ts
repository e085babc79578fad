import type { ProbeQueue } from './probe-queue';
import type { Environment } from './secret';

/** Parts of the configuration of a process that its command line names. Loads nothing else, since completion waits for it. */

export const roles = ['bot', 'worker'] as const;
type Role = (typeof roles)[number];

/** Roles that `config validate` takes: `cli` stands for terminal commands. */
export const configRoles = [...roles, 'cli'] as const;

/** The queues of the bot; besides, each second vantage point of probes has a queue. */
export const queueNames = ['checks', 'tokens', 'digests'] as const;
export type QueueName = (typeof queueNames)[number] | ProbeQueue;

/** Roles of one process, and the queues that it works on as a worker. */
export interface ProcessUses {
  readonly roles: readonly Role[];
  readonly queues: readonly QueueName[];
  /** The process only probes, as this vantage point: it takes no other jobs, and never calls Slack. */
  readonly probeFrom?: string;
}

export const allProcessUses: ProcessUses = { roles, queues: queueNames };

/** Returns the path of the clusters file: the flag, then the variable, then `clusters.yml` in the working folder. */
export const clustersPath = (env: Environment, flag?: string): string =>
  flag ?? (env['PEERING_CLUSTERS'] || 'clusters.yml');

/** Returns the vantage point of a process that only probes: the flag, then the variable. */
export const vantagePoint = (env: Environment, flag?: string): string | undefined =>
  flag ?? (env['PEERING_PROBE_FROM']?.trim() || undefined);

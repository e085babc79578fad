import type { HealthCheck, Node } from '../consul/wire';

/** Consul gives proxies and peers no instance with a critical check, of its own or of its node. */
export const isCritical = ({ Status }: Pick<HealthCheck, 'Status'>): boolean => Status === 'critical';

/** Returns the names of critical checks, which tell an operator what to fix. */
export const criticalCheckNames = (
  checks: readonly Pick<HealthCheck, 'CheckID' | 'Name' | 'Status'>[],
): readonly string[] => checks.filter(isCritical).map(({ Name, CheckID }) => Name || CheckID);

/** Tells that Consul dataplane registered the node, which has no agent then. */
export const isSyntheticNode = ({ Meta }: Pick<Node, 'Meta'>): boolean => Meta['synthetic-node'] === 'true';

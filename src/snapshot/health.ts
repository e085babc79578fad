import type { HealthCheck, Node } from '../consul/wire';

/** Consul hands to proxies and to peers nothing that has a critical check, of its own or of its node. */
export const isCritical = ({ Status }: Pick<HealthCheck, 'Status'>): boolean => Status === 'critical';

/** The names of the checks that are critical: by them one knows what to do. */
export const criticalCheckNames = (
  checks: readonly Pick<HealthCheck, 'CheckID' | 'Name' | 'Status'>[],
): readonly string[] => checks.filter(isCritical).map(({ Name, CheckID }) => Name || CheckID);

/** Whether Consul dataplane made the node up, which has no agent then. */
export const isSyntheticNode = ({ Meta }: Pick<Node, 'Meta'>): boolean => Meta['synthetic-node'] === 'true';

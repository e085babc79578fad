import { z } from 'zod';
import type { AgentService, HealthCheck, Node } from '../consul/wire';

/** Consul gives proxies and peers no instance with a critical check, of its own or of its node. */
export const isCritical = ({ Status }: Pick<HealthCheck, 'Status'>): boolean => Status === 'critical';

/** Returns the names of critical checks, which tell an operator what to fix. */
export const criticalCheckNames = (
  checks: readonly Pick<HealthCheck, 'CheckID' | 'Name' | 'Status'>[],
): readonly string[] => checks.filter(isCritical).map(({ Name, CheckID }) => Name || CheckID);

/** Tells the checks of `consul maint` from others (`agent/structs`, 1.20). */
const isMaintenance = ({ CheckID }: Pick<HealthCheck, 'CheckID'>): boolean =>
  CheckID === '_node_maintenance' || CheckID.startsWith('_service_maintenance:');

interface WeightedInstance {
  readonly Service: Pick<AgentService, 'Weights'>;
  readonly Checks: readonly Pick<HealthCheck, 'CheckID' | 'Name' | 'Status'>[];
}

/** Tells that an instance with a warning gets no calls: its weight is 0 then (seen with real traffic on 1.20.1). */
const isWeightless = ({ Service: { Weights }, Checks }: WeightedInstance): boolean =>
  Weights?.Warning === 0 && Checks.some(({ Status }) => Status === 'warning');

/** Tells that proxies send no calls to an instance of the mesh. */
export const isOutOfUse = (instance: WeightedInstance): boolean =>
  instance.Checks.some(isCritical) || isWeightless(instance);

/** Returns the names of the checks by which proxies send no calls to an instance of the mesh. */
export const checkNamesOutOfUse = (instance: WeightedInstance): readonly string[] => [
  ...criticalCheckNames(instance.Checks),
  ...(isWeightless(instance)
    ? instance.Checks.filter(({ Status }) => Status === 'warning').map(
        ({ Name, CheckID }) => `${Name || CheckID} (a warning, for which its weight is 0)`,
      )
    : []),
];

/**
 * Returns the names of the critical checks that stop peers from using a mesh gateway. Maintenance does not: Consul
 * still hands out its address, and calls of peers flow through it (seen with real traffic on 1.20.1).
 */
export const criticalCheckNamesForPeers = (
  checks: readonly Pick<HealthCheck, 'CheckID' | 'Name' | 'Status'>[],
): readonly string[] => criticalCheckNames(checks.filter((check) => !isMaintenance(check)));

/**
 * Returns the names of the critical checks by which a proxy that makes calls does not run. An alias check repeats the
 * health of the application, and maintenance keeps calls from an instance: Envoy goes on making those of its own side
 * (seen with real traffic on 1.20.1).
 */
export const criticalCheckNamesOfCaller = (checks: readonly HealthCheck[]): readonly string[] =>
  criticalCheckNames(checks.filter((check) => !isMaintenance(check) && check.Type !== 'alias'));

/**
 * Tells the check by which consul-k8s (1.0 and later) repeats, for a service and its sidecar alike, that Kubernetes
 * finds every container of their pod ready.
 */
const isPodReadiness = ({ Type }: Pick<HealthCheck, 'Type'>): boolean => Type === 'kubernetes-readiness';

/** Tells that Kubernetes finds a container of the pod not ready: Envoy's, or one of the application. */
export const isUnready = (check: Pick<HealthCheck, 'Status' | 'Type'>): boolean =>
  isPodReadiness(check) && isCritical(check);

/**
 * Returns the names of the critical checks by which a sidecar does not run. A pod that is not ready is none: its Envoy
 * goes on making calls while the application fails its probe (seen with real traffic on 1.20.1). The pod of a gateway
 * holds nothing but its Envoy.
 */
export const criticalCheckNamesOfSidecar = (checks: readonly HealthCheck[]): readonly string[] =>
  criticalCheckNamesOfCaller(checks.filter((check) => !isPodReadiness(check)));

/**
 * Tells that a check, such as one for a TCP port, says whether the instance itself runs: it is neither about its node
 * nor about its application. A ready pod says so of its Envoy too.
 */
export const isOwnCheck = (check: Pick<HealthCheck, 'ServiceID' | 'Status' | 'Type'>): boolean =>
  check.ServiceID !== '' && check.Type !== 'alias' && !isUnready(check);

/** Tells that Consul dataplane registered the node, which has no agent then. */
export const isSyntheticNode = ({ Meta }: Pick<Node, 'Meta'>): boolean => Meta['synthetic-node'] === 'true';

/** Maintenance of a node, or of one service on it. */
export const Maintenance = z
  .object({
    node: z.string(),
    /** The id of the service; absent if the whole node is in maintenance. */
    service: z.string().optional(),
  })
  .readonly();
export interface Maintenance extends z.infer<typeof Maintenance> {}

/** Returns the maintenance that an instance is in, by the ids of the checks that Consul adds for it. */
export const maintenanceOf = (
  node: string,
  checks: readonly Pick<HealthCheck, 'CheckID' | 'Status'>[],
): readonly Maintenance[] =>
  checks.filter(isCritical).flatMap(({ CheckID }) => {
    if (CheckID === '_node_maintenance') return [{ node }];
    const [kind, ...id] = CheckID.split(':');
    return kind === '_service_maintenance' ? [{ node, service: id.join(':') }] : [];
  });

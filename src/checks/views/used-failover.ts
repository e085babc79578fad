import { hostOf, isHostname } from '../../paths/addresses';
import { once } from '../../snapshot/concurrency';
import { rowsOf } from '../../snapshot/section';
import type { UpstreamTarget } from '../model';
import { orDefault, serviceKey } from '../names';
import { importedKeys, importedOf } from '../traffic/imported-services';
import { defineView, type InputValues } from '../view';

/** The sections that tell whether Envoy has healthy endpoints of a target. */
const health = ['allPeerings', 'importedServices', 'exportedHealth', 'serviceNames'] as const;

type HealthValues = InputValues<'cluster', (typeof health)[number]>;

/**
 * The mesh gateways that an upstream takes to peers: in local mode those of this cluster, and only where one is healthy.
 * Undefined where that is not visible.
 */
export type GatewaysOnTheWay = 'remote' | 'local' | undefined;

/** Tells whether Envoy has healthy endpoints of a target; undefined where that is not visible. */
const openEndpoints = ({ cluster, ...values }: HealthValues) => {
  const home = orDefault(cluster.namespace);
  const healthBy = once(
    () => new Map(rowsOf(values.exportedHealth).map((one) => [serviceKey(one.name, one.namespace), one])),
  );
  const registered = once(
    () =>
      new Set(rowsOf(values.serviceNames).map(({ name, namespace }) => serviceKey(name, namespace || home))),
  );
  const atPeer = (target: UpstreamTarget, through: GatewaysOnTheWay): boolean | undefined => {
    const { peer, service, namespace } = target;
    const { allPeerings: all, importedServices } = values;
    const peering = rowsOf(all).find(({ Name }) => Name === peer);
    if (!peering) return all.visibility === 'visible' ? false : undefined;
    const keys = importedKeys(peering);
    if (!keys) return undefined;
    if (through === 'local') return true;
    const none = through === 'remote' ? false : undefined;
    if (!keys.has(serviceKey(service, namespace))) return none;
    const row = importedOf({ peer, service, target }, rowsOf(importedServices));
    if (!row) return undefined;
    if (row.passing === 0) return none;
    return row.addresses.some((address) => isHostname(hostOf(address))) ? undefined : true;
  };
  return (target: UpstreamTarget, through: GatewaysOnTheWay): boolean | undefined => {
    if (target.peer !== '') return atPeer(target, through);
    if (target.datacenter !== '') return undefined;
    const key = serviceKey(target.service, target.namespace);
    const read = healthBy().get(key);
    if (read) return read.inMesh > 0 && read.downInMesh === undefined;
    const { serviceNames: names } = values;
    if (names.visibility !== 'visible' || orDefault(target.namespace) !== home) return undefined;
    return registered().has(key) ? undefined : false;
  };
};

/** Returns the failover target among those of an upstream that gets the calls; undefined where none does, or is known to. */
export type FindUsedFailover = (
  targets: readonly UpstreamTarget[],
  through: GatewaysOnTheWay,
) => UpstreamTarget | undefined;

/**
 * Finds the failover target that gets the calls now. Envoy goes on to the next target where one has no healthy endpoints. At
 * a peer these are its mesh gateways, with their health: Envoy passes over a service that is not exported and one whose
 * gateways fail, but not one that refuses calls or whose instances all fail. In local mode they are the gateways here, so that
 * it passes over neither (seen with real traffic on 1.20.1).
 */
export const usedFailoverView = defineView({
  name: 'usedFailover',
  description:
    'the failover target of an upstream that gets the calls, as no target before it has healthy endpoints: `/v1/health/connect/:service`, `/v1/peerings`, `/v1/catalog/services`',
  needs: ['cluster'],
  optional: health,
  compute: (values): FindUsedFailover => {
    const hasEndpoints = openEndpoints(values);
    return (targets, through) => {
      if (!targets.some(({ via }) => via === 'failover')) return undefined;
      const first = targets.find((target) => hasEndpoints(target, through) !== false);
      return first?.via === 'failover' && hasEndpoints(first, through) === true ? first : undefined;
    };
  },
});

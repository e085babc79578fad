import type { Evidence } from '../../report/report';
import { once } from '../../snapshot/concurrency';
import { rowsOf } from '../../snapshot/section';
import type { Section } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import { failingCheckNames } from '../failing-checks';
import type { Inputs } from '../inputs';
import type { ResolvedUpstream, SplitterName, UpstreamTarget } from '../model';
import { orDefault, serviceKey, serviceLabel } from '../names';
import { reasonOf } from '../reason';
import { localOffers, type OfferSections } from './local-offers';

/** The state of a service of this cluster that takes calls; for `dead` and `unknown`, one clause that says why. */
export type LocalBackend =
  | { readonly is: 'alive' }
  | { readonly is: 'dead'; readonly why: string; readonly evidence: readonly Evidence[] }
  | { readonly is: 'unknown'; readonly why: string };

type HealthSection = Section<Inputs['exportedHealth']>;

/**
 * Tells whether a service of this cluster takes calls of proxies here: without instances, without any in the mesh, or where
 * all of these fail their checks, calls fail (seen with real traffic on 1.20.1). A service that only a terminating gateway or
 * service-defaults name is taken to answer.
 */
export const localBackends = (
  sections: OfferSections & { readonly exportedHealth: HealthSection },
  cluster: Inputs['cluster'],
): ((target: Pick<UpstreamTarget, 'service' | 'namespace'>) => LocalBackend) => {
  const offerOf = localOffers(sections, cluster);
  const { exportedHealth } = sections;
  const healthBy = new Map(
    // Without a namespace, Consul reads that of the token.
    rowsOf(exportedHealth).map(
      (row) => [serviceKey(row.name, row.namespace || cluster.namespace), row] as const,
    ),
  );
  // Made once it is needed: there may be thousands, and few clusters share calls.
  const registered = once(
    () =>
      new Set(
        rowsOf(sections.serviceNames).map(({ name, namespace }) =>
          serviceKey(name, namespace || cluster.namespace),
        ),
      ),
  );
  return ({ service, namespace }) => {
    const label = serviceLabel(service, namespace);
    const offer = offerOf(service, namespace);
    if (offer.is === 'unknown') return offer;
    if (offer.is === 'no') {
      const nothing = evidence(
        { endpoint: '/v1/catalog/services', path: '' },
        JSON.stringify(service),
        undefined,
      );
      return { is: 'dead', why: `this cluster has no ${label}`, evidence: [nothing] };
    }
    const key = serviceKey(service, namespace);
    if (!registered().has(key)) return { is: 'alive' };
    const health = healthBy.get(key);
    if (!health) {
      // A snapshot has the health of a limited number of services, of the namespace of its token.
      if (exportedHealth.visibility === 'visible') {
        return { is: 'unknown', why: `the health of ${label} in this cluster was not read` };
      }
      return exportedHealth.reason.kind === 'not-gathered'
        ? { is: 'alive' }
        : { is: 'unknown', why: reasonOf(exportedHealth.reason) };
    }
    const { endpoint, inMesh, downInMesh } = health;
    if (inMesh > 0 && !downInMesh) return { is: 'alive' };
    const why = downInMesh
      ? `every mesh instance of ${label} in this cluster fails ${failingCheckNames(downInMesh.failing)}`
      : `${label} has no mesh instance in this cluster`;
    const shown = { inMesh, ...(downInMesh ? { failing: downInMesh.failing } : {}) };
    return { is: 'dead', why, evidence: [evidence({ endpoint, path: '' }, '', shown)] };
  };
};

/** A leg of a splitter that ends in this cluster, beside a leg at a peer. */
export interface LocalLeg {
  readonly target: UpstreamTarget;
  readonly splitter: SplitterName;
  readonly beside: UpstreamTarget;
}

/** Tells whether both are one splitter: names of config entries have no case. */
export const isSameSplitter = (one: SplitterName, other: SplitterName): boolean =>
  serviceKey(one.name, one.namespace) === serviceKey(other.name, other.namespace) &&
  orDefault(one.partition) === orDefault(other.partition);

/**
 * Lists the legs of splitters that nothing stands in for and that end here, where another leg of the same splitter ends at
 * a peer.
 */
export const localLegs = ({ targets }: Pick<ResolvedUpstream, 'targets'>): readonly LocalLeg[] =>
  targets.flatMap((target) => {
    const { splitter, peer, datacenter, hasStandIn } = target;
    if (splitter === undefined || peer || datacenter || hasStandIn) return [];
    const beside = targets.find(
      (one) => one.peer !== '' && one.splitter && isSameSplitter(one.splitter, splitter),
    );
    return beside ? [{ target, splitter, beside }] : [];
  });

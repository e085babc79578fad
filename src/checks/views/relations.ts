import type { Peering, SamenessGroup, ServiceResolver } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { Entry, Section } from '../../snapshot/snapshot';
import { evidence, peeringAt } from '../evidence';
import type { Conclusion, Export, PeerRoute, PeerUpstream, Relation, RemoteUpstream } from '../model';
import { reasonOf } from '../reason';
import { membersOf } from '../traffic/sameness-groups';
import { upstreamEvidence } from '../traffic/upstream-evidence';
import { defineView } from '../view';
import { exportsView } from './exports';
import { peerRoutesView } from './gateway-routes';
import { remoteUpstreamsView } from './remote-upstreams';
import { peerUpstreamsView } from './upstreams';

const yes = (why: string, ...items: readonly Evidence[]): Conclusion => ({
  is: 'yes',
  why,
  evidence: items,
});

/** Tells whether the services of a stream are current. A stream that has ended still shows its last ones. */
const isStreaming = (peering: Peering): boolean => peering.State === 'ACTIVE' || peering.State === 'FAILING';

/** Decides no, which is certain only where everything that could say yes is visible. */
const noUnlessHidden = (what: string, source: Section<unknown>): Conclusion =>
  source.visibility === 'visible'
    ? { is: 'no', why: what, evidence: [] }
    : { is: 'unknown', why: reasonOf(source.reason), evidence: [] };

/** Consul never exports its own service, even if an entry names it. */
export const neverExported = 'consul';

const decideExports = (
  peering: Peering,
  exports: Section<readonly Export[]>,
  remoteUpstreams: readonly RemoteUpstream[],
): Conclusion => {
  const declared = rowsOf(exports).filter(
    (row) => row.service !== neverExported && row.consumers.some(({ peer }) => peer === peering.Name),
  );
  const [first] = declared;
  if (first) {
    const consumer = first.consumers.find(({ peer }) => peer === peering.Name);
    return yes(
      `exported-services exports ${declared.length === 1 ? '1 service' : `${declared.length} services`} to ${peering.Name}`,
      evidence(
        consumer?.at ?? first.at,
        consumer?.group ? 'SamenessGroup' : 'Peer',
        consumer?.group || peering.Name,
      ),
    );
  }
  const reported = isStreaming(peering) ? (peering.StreamStatus?.ExportedServices ?? []) : [];
  if (reported.length > 0) {
    return yes(
      `the stream reports ${reported.length === 1 ? '1 exported service' : `${reported.length} exported services`}`,
      evidence(peeringAt(peering), 'StreamStatus.ExportedServices', reported),
    );
  }
  const user = remoteUpstreams.find(
    (upstream) => upstream.peering === peering.Name && upstream.service !== neverExported,
  );
  if (user) {
    return yes(`${user.proxy} in ${user.cluster} calls ${user.service} here`, upstreamEvidence(user));
  }
  return noUnlessHidden(`nothing is exported to ${peering.Name}`, exports);
};

/** Finds a redirect or failover to the peer. Proxies without explicit upstreams, gateways among them, follow it too. */
const resolverTo = (
  name: string,
  resolvers: readonly Entry<ServiceResolver>[],
  groups: readonly Entry<SamenessGroup>[] | undefined,
): Conclusion | undefined => {
  for (const { entry, at } of resolvers) {
    // Consul compares the peers of resolvers without regard to case.
    const names = ({ Peer = '', SamenessGroup = '' }: { Peer?: string; SamenessGroup?: string }): boolean =>
      Peer.toLowerCase() === name.toLowerCase() ||
      (membersOf(groups, SamenessGroup, entry.Partition) ?? []).some((member) => member.Peer === name);
    if (entry.Redirect && names(entry.Redirect)) {
      return yes(
        `service-resolver ${entry.Name} redirects to ${name}`,
        evidence(at, 'Redirect', entry.Redirect),
      );
    }
    for (const [subset, rule] of Object.entries(entry.Failover)) {
      if (!names(rule) && !rule.Targets.some(names)) continue;
      const failover = evidence(at, `Failover[${JSON.stringify(subset)}]`, rule);
      return yes(`service-resolver ${entry.Name} fails over to ${name}`, failover);
    }
  }
  return undefined;
};

interface ImportSources {
  readonly peerUpstreams: Section<readonly PeerUpstream[]>;
  readonly peerRoutes: Section<readonly PeerRoute[]>;
  readonly serviceResolvers: Section<readonly Entry<ServiceResolver>[]>;
  readonly samenessGroups: Section<readonly Entry<SamenessGroup>[]>;
}

const decideImports = (
  peering: Peering,
  { peerUpstreams, peerRoutes, serviceResolvers, samenessGroups }: ImportSources,
): Conclusion => {
  const reported = isStreaming(peering) ? (peering.StreamStatus?.ImportedServices ?? []) : [];
  if (reported.length > 0) {
    return yes(
      `the stream reports ${reported.length === 1 ? '1 imported service' : `${reported.length} imported services`}`,
      evidence(peeringAt(peering), 'StreamStatus.ImportedServices', reported),
    );
  }
  const user = [...rowsOf(peerUpstreams), ...rowsOf(peerRoutes)].find(
    (upstream) => upstream.peer === peering.Name,
  );
  if (user) {
    return yes(
      `${user.proxy} calls ${user.service} at ${peering.Name}`,
      upstreamEvidence(user),
      ...user.target.trail,
    );
  }
  const resolver = resolverTo(
    peering.Name,
    rowsOf(serviceResolvers),
    samenessGroups.visibility === 'hidden' ? undefined : samenessGroups.value,
  );
  const hidden = [peerUpstreams, serviceResolvers].find(({ visibility }) => visibility !== 'visible');
  return resolver ?? noUnlessHidden(`nothing is imported from ${peering.Name}`, hidden ?? peerUpstreams);
};

/**
 * Decides whether the cluster exports to each peer and imports from it, by the roles in docs/requirements.md. A
 * peering list that is visible makes the view visible: what else is hidden leaves single decisions `unknown`.
 */
export const relationsView = defineView({
  name: 'relations',
  description:
    'what the cluster exports to and imports from each peer: its stream in `/v1/peerings`, `exported-services` entries, upstreams of its sidecars, and those of the other side where it is configured',
  needs: ['peerings'],
  optional: [
    exportsView,
    remoteUpstreamsView,
    peerUpstreamsView,
    peerRoutesView,
    'serviceResolvers',
    'samenessGroups',
  ],
  compute: (values) =>
    values.peerings.list.map(
      (peering): Relation => ({
        name: peering.Name,
        state: peering.State,
        side: peering.PeerServerAddresses.length > 0 ? 'dialer' : 'acceptor',
        peering,
        at: peeringAt(peering),
        exports: decideExports(peering, values.exports, rowsOf(values.remoteUpstreams)),
        imports: decideImports(peering, values),
      }),
    ),
});

/** Decides over all peers: `yes` where any decision is, else `unknown` where any is. */
export const decideOverall = (relations: readonly Relation[], role: 'exports' | 'imports'): Conclusion => {
  const decisions = relations.map((relation) => relation[role]);
  return (
    decisions.find(({ is }) => is === 'yes') ??
    decisions.find(({ is }) => is === 'unknown') ?? {
      is: 'no',
      why: `this cluster ${role} nothing`,
      evidence: [],
    }
  );
};

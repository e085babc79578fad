import type { Peering, SamenessGroup, ServiceResolver } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import type { At, Entry, Section } from '../../snapshot/snapshot';
import { evidence, peeringAt } from '../evidence';
import { reasonOf } from '../reason';
import type { Views, ViewSections } from '../views';
import { derive } from './derive';
import { membersOf } from './sameness';

/** Whether this cluster exports to a peer, or imports from it, and what says so. */
export interface Role {
  readonly is: 'yes' | 'no' | 'unknown';
  /** One clause: `the stream reports 2 exported services`. For `unknown`, what could not be seen. */
  readonly why: string;
  readonly evidence: readonly Evidence[];
}

/** One peering of this cluster and the part that the cluster plays in it. */
export interface Relation {
  readonly name: string;
  readonly state: string;
  readonly side: 'acceptor' | 'dialer';
  readonly peering: Peering;
  readonly at: At;
  readonly exports: Role;
  readonly imports: Role;
}

const yes = (why: string, ...seen: readonly Evidence[]): Role => ({ is: 'yes', why, evidence: seen });

/** A stream that is neither up nor expected back goes on showing its last services: those are stale. */
const streams = (peering: Peering): boolean => peering.State === 'ACTIVE' || peering.State === 'FAILING';

/** Nothing says so: certain only where all that could say so was seen. */
const none = (what: string, source: Section<unknown>): Role =>
  source.seen === 'all'
    ? { is: 'no', why: what, evidence: [] }
    : { is: 'unknown', why: reasonOf(source.missing), evidence: [] };

const rows = <T>(section: Section<readonly T[]>): readonly T[] =>
  section.seen === 'none' ? [] : section.value;

const exportRole = (
  peering: Peering,
  exports: Section<Views['exports']>,
  far: Views['farUpstreams'],
): Role => {
  const declared = rows(exports).filter((row) => row.consumers.some(({ peer }) => peer === peering.Name));
  const [first] = declared;
  if (first) {
    const consumer = first.consumers.find(({ peer }) => peer === peering.Name);
    return yes(
      `exported-services names ${peering.Name} in ${declared.length} of its services`,
      evidence(
        consumer?.at ?? first.at,
        consumer?.group ? 'SamenessGroup' : 'Peer',
        consumer?.group || peering.Name,
      ),
    );
  }
  const reported = streams(peering) ? (peering.StreamStatus?.ExportedServices ?? []) : [];
  if (reported.length > 0) {
    return yes(
      `the stream reports ${reported.length} exported services`,
      evidence(peeringAt(peering), 'StreamStatus.ExportedServices', reported),
    );
  }
  const user = far.find((upstream) => upstream.peering === peering.Name);
  if (user) {
    return yes(
      `${user.proxy} in ${user.cluster} has an upstream to ${user.service} here`,
      evidence(user.at, '', user.upstream),
    );
  }
  return none(`nothing is exported to ${peering.Name}`, exports);
};

/** A redirect or failover to the peer: proxies without explicit upstreams, gateways among them, take it as well. */
const resolverTo = (
  name: string,
  resolvers: readonly Entry<ServiceResolver>[],
  groups: readonly Entry<SamenessGroup>[] | undefined,
): Role | undefined => {
  for (const { entry, at } of resolvers) {
    const leads = ({ Peer, SamenessGroup = '' }: { Peer?: string; SamenessGroup?: string }): boolean =>
      Peer === name ||
      (membersOf(groups, SamenessGroup, entry.Partition) ?? []).some((member) => member.Peer === name);
    if (entry.Redirect && leads(entry.Redirect)) {
      return yes(
        `service-resolver ${entry.Name} redirects to ${name}`,
        evidence(at, 'Redirect', entry.Redirect),
      );
    }
    for (const [subset, rule] of Object.entries(entry.Failover)) {
      if (!leads(rule) && !rule.Targets.some(leads)) continue;
      const seen = evidence(at, `Failover[${JSON.stringify(subset)}]`, rule);
      return yes(`service-resolver ${entry.Name} fails over to ${name}`, seen);
    }
  }
  return undefined;
};

const importRole = (
  peering: Peering,
  upstreams: Section<Views['peerUpstreams']>,
  { serviceResolvers, samenessGroups }: Pick<ViewSections, 'serviceResolvers' | 'samenessGroups'>,
): Role => {
  const reported = streams(peering) ? (peering.StreamStatus?.ImportedServices ?? []) : [];
  if (reported.length > 0) {
    return yes(
      `the stream reports ${reported.length} imported services`,
      evidence(peeringAt(peering), 'StreamStatus.ImportedServices', reported),
    );
  }
  const user = rows(upstreams).find((upstream) => upstream.peer === peering.Name);
  if (user) {
    return yes(
      `${user.proxy} has an upstream to ${user.service} at ${peering.Name}`,
      evidence(user.at, '', user.upstream),
      ...user.reach.trail,
    );
  }
  const resolver = resolverTo(
    peering.Name,
    rows(serviceResolvers),
    samenessGroups.seen === 'none' ? undefined : samenessGroups.value,
  );
  const unseen = [upstreams, serviceResolvers].find(({ seen }) => seen !== 'all');
  return resolver ?? none(`nothing is imported from ${peering.Name}`, unseen ?? upstreams);
};

/**
 * The part that the cluster plays towards each peer, by the Roles of the requirement catalogue. A peering list
 * that is seen makes the view seen: what else could not be seen leaves single roles `unknown`.
 */
export const relationsOf = (views: ViewSections): Section<readonly Relation[]> =>
  derive(views, ['peerings'], ({ peerings }) =>
    peerings.list.map(
      (peering): Relation => ({
        name: peering.Name,
        state: peering.State,
        side: peering.PeerServerAddresses.length > 0 ? 'dialer' : 'acceptor',
        peering,
        at: peeringAt(peering),
        exports: exportRole(peering, views.exports, rows(views.farUpstreams)),
        imports: importRole(peering, views.peerUpstreams, views),
      }),
    ),
  );

/** One role over all peers: `yes` where any peer says so, `unknown` where one could. */
export const overall = (relations: readonly Relation[], role: 'exports' | 'imports'): Role => {
  const roles = relations.map((relation) => relation[role]);
  return (
    roles.find(({ is }) => is === 'yes') ??
    roles.find(({ is }) => is === 'unknown') ?? {
      is: 'no',
      why: `this cluster ${role} nothing`,
      evidence: [],
    }
  );
};

import type { Peering, Upstream } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import type { Section } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleCluster, examplePeering, exampleResolved } from '../examples';
import { spec } from '../links';
import { orDefault, serviceKey, serviceLabel } from '../names';
import { nearest } from '../nearest';
import { noPeering } from '../no-peering';
import { dialRemedy } from '../peerings/remedies';
import { configEntryRemedy } from '../remediation/config-entry';
import { upstreamSubject } from '../subjects';
import type { Views } from '../views';
import type { Reach } from '../views/chain';
import { importsEvidence, importsOf } from '../views/imports';
import { type Offer, offersOf } from '../views/offers';
import type { ResolvedUpstream } from '../views/upstreams';
import { byUpstream, type Fix, fixUpstream, instancesLabel } from './fixes';

/** An upstream that is wrong, with what would put it right. */
interface Problem {
  readonly upstream: ResolvedUpstream;
  /** The peers that it could name, the likeliest first. */
  readonly peers: readonly string[];
  readonly message: (proxy: string) => string;
  readonly evidence: Draft['evidence'];
}

interface Context {
  /** What each ACTIVE peer offers. */
  readonly offers: readonly (readonly [Peering, ReadonlySet<string>])[];
  readonly peerNames: Views['peerNames'];
  readonly cluster: Views['cluster'];
}

const allPeerings = (peerNames: readonly string[]) =>
  evidence({ endpoint: '/v1/peerings', path: '' }, '[*].Name', peerNames);

/** The ACTIVE peers that offer a service. */
const offering = ({ offers }: Context, service: string, namespace: string): readonly Peering[] =>
  offers.filter(([, names]) => names.has(serviceKey(service, namespace))).map(([peering]) => peering);

/** `destination_peer` names no peering. */
const unknownPeer = (upstream: ResolvedUpstream, context: Context): Problem => {
  const { DestinationPeer } = upstream.upstream;
  const others = offering(context, upstream.destination, upstream.namespace).map(({ Name }) => Name);
  const near = nearest(DestinationPeer, context.peerNames);
  const hint = near ? `; there is ${near}` : '';
  return {
    upstream,
    peers: [...new Set([...(near ? [near] : []), ...others])],
    message: (proxy) =>
      `${proxy} → ${upstream.destination} names the peer ${DestinationPeer}, and no peering has that name${hint}`,
    evidence: [evidence(upstream.at, 'DestinationPeer', DestinationPeer), allPeerings(context.peerNames)],
  };
};

/** No `destination_peer`, and only a peer offers the service. */
const missingPeer = (upstream: ResolvedUpstream, reach: Reach, context: Context): Problem | undefined => {
  const peers = offering(context, reach.service, reach.namespace);
  const names = peers.map(({ Name }) => Name);
  const label = serviceLabel(reach.service, reach.namespace);
  return peers.length === 0
    ? undefined
    : {
        upstream,
        peers: names,
        message: (proxy) =>
          `${proxy} → ${upstream.destination} has no destination_peer, and ${label} exists only at ${names.join(' and ')}`,
        evidence: [
          evidence(upstream.at, '', upstream.upstream),
          ...reach.trail,
          ...peers.map((peering) => importsEvidence(peering, reach.service)),
          evidence({ endpoint: '/v1/catalog/services', path: '' }, JSON.stringify(reach.service), undefined),
        ],
      };
};

/** A resolver that redirects to a peer without a peering. */
const strayRedirects = (
  upstreams: readonly ResolvedUpstream[],
  resolvers: Section<Views['serviceResolvers']>,
  { peerNames, cluster }: Context,
): readonly Draft[] =>
  (resolvers.seen === 'none' ? [] : resolvers.value)
    .filter(({ entry }) => {
      const { Peer = '' } = entry.Redirect ?? {};
      const used = upstreams.some(({ reaches }) =>
        reaches.some((reach) => reach.via === 'redirect' && reach.peer === Peer),
      );
      return Peer !== '' && used && !peerNames.includes(Peer);
    })
    .map((resolver) => {
      const { entry } = resolver;
      const Peer = entry.Redirect?.Peer ?? '';
      const near = nearest(Peer, peerNames);
      return {
        subject: { kind: entry.Kind, name: entry.Name },
        message: `service-resolver ${entry.Name} redirects to the peer ${Peer}, and no peering has that name`,
        evidence: [evidence(resolver.at, 'Redirect.Peer', Peer), allPeerings(peerNames)],
        remediation: near
          ? configEntryRemedy({
              title: `Redirect to ${near}`,
              entry: { ...entry, Redirect: { ...entry.Redirect, Peer: near } } as typeof entry,
              existing: resolver,
            })
          : dialRemedy(Peer, cluster.name),
      };
    });

/** A service that is looked for here alone: not at a peer, in another datacenter or partition, or by a query. */
const localReach = (
  { upstream, reaches }: ResolvedUpstream,
  cluster: Views['cluster'],
): Reach | undefined => {
  if (upstream.DestinationType === 'prepared_query') return undefined;
  const partition = orDefault(upstream.DestinationPartition || cluster.partition);
  const [first] = reaches;
  const here = first && reaches.length === 1 && !first.peer && !first.datacenter;
  return here && partition === orDefault(cluster.partition) ? first : undefined;
};

const drafts = (problems: readonly Problem[], { cluster }: Context): readonly Draft[] => {
  const fixes = (choice: number): readonly Fix[] =>
    problems.flatMap(({ upstream, peers }) => {
      const DestinationPeer = peers[choice] ?? peers[0];
      return DestinationPeer ? [{ upstream, change: { DestinationPeer } satisfies Partial<Upstream> }] : [];
    });
  return byUpstream(problems.map(({ upstream }) => upstream)).map((rows) => {
    const [first] = rows;
    const { peers, message, evidence: seen } = problems.find(({ upstream }) => upstream === first) as Problem;
    const others = problems.filter(({ upstream }) => rows.includes(upstream) && upstream !== first);
    const remediation: readonly Remediation[] = peers.flatMap((peer, choice) =>
      fixUpstream(`Reach ${first.destination} at ${peer}`, rows, fixes(choice), cluster.enterprise),
    );
    return {
      subject: upstreamSubject(first),
      message: message(instancesLabel(rows)),
      evidence: [...seen, ...others.flatMap((problem) => problem.evidence.slice(0, 1))],
      remediation: peers.length > 0 ? remediation : dialRemedy(first.upstream.DestinationPeer, cluster.name),
    };
  });
};

export const upstreamDestinationPeer = defineCheck({
  id: 'upstream-destination-peer',
  group: 'sidecars',
  title: 'Upstreams to services that only a peer offers name that peer, and it exists',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('sidecar-proxy-requirements'), since: '1.14.0' },
  rationale:
    'Without destination_peer Envoy looks for the service in this cluster, where there is none; a peer that does not exist leads nowhere. Calls fail.',
  inputs: ['upstreams', 'peerings', 'peerNames', 'cluster'],
  partial: ['upstreams'],
  optional: [
    'serviceDefaults',
    'serviceNames',
    'serviceResolvers',
    'serviceRouters',
    'serviceSplitters',
    'terminatingGateways',
  ],
  examples: (() => {
    const rest = {
      peerings: { enabled: true, list: [examplePeering()] },
      peerNames: ['west'],
      cluster: exampleCluster,
      serviceDefaults: { seen: 'all', value: [] },
      serviceNames: { seen: 'all', value: [{ name: 'web' }, { name: 'web-sidecar-proxy' }] },
      serviceResolvers: { seen: 'all', value: [] },
      serviceRouters: { seen: 'all', value: [] },
      serviceSplitters: { seen: 'all', value: [] },
      terminatingGateways: { seen: 'all', value: [] },
    } as const;
    return {
      pass: { ...rest, upstreams: [exampleResolved()] },
      fail: { ...rest, upstreams: [exampleResolved({ DestinationPeer: '' })] },
    };
  })(),
  evaluate({ upstreams, peerings, peerNames, cluster, ...local }) {
    if (peerNames.length === 0 && !upstreams.some(({ upstream }) => upstream.DestinationPeer))
      return skip(noPeering);
    const context: Context = {
      offers: peerings.list.flatMap((peering) => {
        const names = importsOf(peering);
        return names ? [[peering, names] as const] : [];
      }),
      peerNames,
      cluster,
    };
    const offerOf = offersOf(local, cluster);
    const problems: Problem[] = [];
    let unclear: Extract<Offer, { is: 'unknown' }> | undefined;
    for (const upstream of upstreams) {
      if (upstream.upstream.DestinationPeer) {
        if (!peerNames.includes(upstream.upstream.DestinationPeer))
          problems.push(unknownPeer(upstream, context));
        continue;
      }
      const reach = localReach(upstream, cluster);
      const problem = reach && missingPeer(upstream, reach, context);
      const offer = reach && problem && offerOf(reach.service, reach.namespace);
      if (problem && offer?.is === 'no') problems.push(problem);
      if (offer?.is === 'unknown') unclear ??= offer;
    }
    const findings = [
      ...drafts(problems, context),
      ...strayRedirects(upstreams, local.serviceResolvers, context),
    ];
    return unclear ? unknown(unclear.why, findings) : findings;
  },
});

import type { Peering, Upstream } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleCluster, examplePeering, exampleResolved } from '../examples';
import { spec } from '../links';
import { orDefault, serviceKey, serviceLabel } from '../names';
import { nearest } from '../nearest';
import { noPeering } from '../no-peering';
import { dialRemedy } from '../peerings/remedies';
import { reasonOf } from '../reason';
import { upstreamSubject } from '../subjects';
import type { Views } from '../views';
import type { Reach } from '../views/chain';
import { importsEvidence, importsOf } from '../views/imports';
import { type Offer, offersOf } from '../views/offers';
import type { ResolvedUpstream } from '../views/upstreams';
import { byUpstream, type Fix, fixUpstream, instancesLabel } from './fixes';
import { allPeerings, strayRedirects } from './stray-redirects';

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

/** `datacenter` names none that is federated with this one, and a peer offers the service. */
const strayDatacenter = (
  upstream: ResolvedUpstream,
  datacenters: readonly string[],
  context: Context,
): Problem | undefined => {
  const { Datacenter } = upstream.upstream;
  const peers = offering(context, upstream.destination, upstream.namespace);
  const isFederated = [...datacenters, context.cluster.datacenter].includes(Datacenter);
  if (isFederated || peers.length === 0) return undefined;
  const names = peers.map(({ Name }) => Name);
  return {
    upstream,
    peers: names.toSorted((a, b) => Number(b === Datacenter) - Number(a === Datacenter)),
    message: (proxy) =>
      `${proxy} → ${upstream.destination} has no destination_peer and names the datacenter ${Datacenter}, which is not federated with this one; the peer ${names.join(' and ')} offers ${upstream.destination}`,
    evidence: [
      evidence(upstream.at, 'Datacenter', Datacenter),
      evidence({ endpoint: '/v1/catalog/datacenters', path: '' }, '', datacenters),
      ...peers.map((peering) => importsEvidence(peering, upstream.destination)),
    ],
  };
};

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
      // Consul refuses an upstream with both.
      return DestinationPeer
        ? [{ upstream, change: { DestinationPeer, Datacenter: '' } satisfies Partial<Upstream> }]
        : [];
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
    'datacenters',
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
      datacenters: { seen: 'all', value: [exampleCluster.datacenter] },
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
  evaluate({ upstreams, peerings, peerNames, cluster, datacenters, ...local }) {
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
    const federated = datacenters.seen === 'none' ? [] : datacenters.value;
    for (const upstream of upstreams) {
      if (upstream.upstream.DestinationPeer) {
        if (!peerNames.includes(upstream.upstream.DestinationPeer))
          problems.push(unknownPeer(upstream, context));
        continue;
      }
      if (upstream.upstream.Datacenter) {
        const stray = strayDatacenter(upstream, federated, context);
        if (stray && datacenters.seen === 'all') problems.push(stray);
        if (stray && datacenters.seen !== 'all')
          unclear ??= { is: 'unknown', why: reasonOf(datacenters.missing) };
      }
      const reach = localReach(upstream, cluster);
      const problem = reach && missingPeer(upstream, reach, context);
      const offer = reach && problem && offerOf(reach.service, reach.namespace);
      if (problem && offer?.is === 'no') problems.push(problem);
      if (offer?.is === 'unknown') unclear ??= offer;
    }
    const findings = [
      ...drafts(problems, context),
      ...strayRedirects(upstreams, local.serviceResolvers, peerNames, cluster.name),
    ];
    return unclear ? unknown(unclear.why, findings) : findings;
  },
});

import type { Peering } from '../../consul/wire';
import { defineCheck, skip } from '../define';
import { evidence } from '../evidence';
import { exampleCluster, examplePeering, exampleResolved } from '../examples';
import { spec } from '../links';
import { upstreamSubject } from '../subjects';
import { importedNames, importsEvidence } from '../views/imports';
import type { ResolvedUpstream } from '../views/upstreams';
import { byUpstream, type Fix, fixUpstream, instancesLabel } from './fixes';
import { noPeering } from '../no-peering';

/** The service that is probably meant: the only one of the peer that this sidecar has no upstream to yet. */
const probably = (
  { sidecar, upstream, namespace }: ResolvedUpstream,
  peering: Peering | undefined,
): string => {
  const used = sidecar.proxy.Upstreams.filter(({ DestinationPeer }) => DestinationPeer === peering?.Name);
  const open = (peering ? importedNames(peering, namespace) : []).filter(
    (name) => !used.some(({ DestinationName }) => DestinationName === name),
  );
  const [only] = open;
  return upstream.DestinationPeer && open.length === 1 && only ? only : '';
};

export const upstreamDestinationName = defineCheck({
  id: 'upstream-destination-name',
  group: 'sidecars',
  title: 'Every upstream has a destination_name',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('sidecar-proxy-requirements'), since: '1.14.0' },
  rationale: 'An upstream without a name leads nowhere: calls to its local port fail.',
  inputs: ['upstreams', 'cluster'],
  partial: ['upstreams'],
  optional: ['peerings', 'readiness'],
  examples: {
    pass: {
      upstreams: [exampleResolved()],
      cluster: exampleCluster,
      peerings: { seen: 'all', value: { enabled: true, list: [examplePeering()] } },
      readiness: { seen: 'all', value: false },
    },
    fail: {
      upstreams: [exampleResolved({ DestinationName: '' })],
      cluster: exampleCluster,
      peerings: { seen: 'all', value: { enabled: true, list: [examplePeering()] } },
      readiness: { seen: 'all', value: false },
    },
  },
  evaluate({ upstreams, cluster, peerings, readiness }) {
    if (readiness.seen === 'all' && readiness.value) return skip(noPeering);
    const list = peerings.seen === 'none' ? [] : peerings.value.list;
    const peeringOf = ({ upstream }: ResolvedUpstream) =>
      list.find(({ Name }) => Name === upstream.DestinationPeer);
    const nameless = upstreams.filter(({ destination }) => destination === '');
    const fixes = nameless.map((upstream): Fix => {
      const name = probably(upstream, peeringOf(upstream));
      return { upstream, change: name ? { DestinationName: name } : null };
    });
    return byUpstream(nameless).map((rows) => {
      const [first] = rows;
      const peering = peeringOf(first);
      const name = probably(first, peering);
      return {
        subject: upstreamSubject(first),
        message: `upstream ${first.index + 1} of ${instancesLabel(rows)} has no destination_name`,
        evidence: [
          ...rows.map((row) => evidence(row.at, '', row.upstream)),
          ...(peering ? [importsEvidence(peering, name)] : []),
        ],
        remediation: fixUpstream(
          name ? `Name ${name} as its destination` : 'Take the upstream out, or name its destination',
          rows,
          fixes,
          cluster.enterprise,
        ),
      };
    });
  },
});

import type { Peering } from '../../consul/wire';
import { defineCheck, skip } from '../define';
import { evidence } from '../evidence';
import { exampleSidecar, exampleUpstream } from '../examples/parts';
import { spec } from '../links';
import type { ResolvedUpstream } from '../model';
import { upstreamSubject } from '../subjects';
import { importedNames, importsEvidence } from '../traffic/imported-services';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { upstreamsView } from '../views/upstreams';
import { byUpstream, instancesLabel, type UpstreamChange, upstreamRemediation } from './upstream-remediation';

/** Guesses the missing name: the only service of the peer that this sidecar has no upstream to yet. */
const guessName = (
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
  failureTitle: 'An upstream has no destination_name',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('sidecar-proxy-requirements'), since: '1.14.0' },
  rationale: 'Calls to the local port of an upstream without a name fail.',
  inputs: [upstreamsView, 'cluster'],
  partial: [upstreamsView],
  optional: ['peerings', hasPeeringsView],
  examples: {
    pass: {},
    fail: { sidecars: [exampleSidecar([exampleUpstream({ DestinationName: '' })])] },
  },
  evaluate({ upstreams, cluster, peerings, hasPeerings }) {
    if (hasPeerings.visibility === 'visible' && !hasPeerings.value) return skip(noPeerings);
    const list = peerings.visibility === 'hidden' ? [] : peerings.value.list;
    const peeringOf = ({ upstream }: ResolvedUpstream) =>
      list.find(({ Name }) => Name === upstream.DestinationPeer);
    const nameless = upstreams.filter(({ destination }) => destination === '');
    const changes = nameless.map((upstream): UpstreamChange => {
      const name = guessName(upstream, peeringOf(upstream));
      return { upstream, change: name ? { DestinationName: name } : null };
    });
    return byUpstream(nameless).map((rows) => {
      const [first] = rows;
      const peering = peeringOf(first);
      const name = guessName(first, peering);
      return {
        subject: upstreamSubject(first),
        message: `upstream ${first.index + 1} of ${instancesLabel(rows)} has no destination_name`,
        evidence: [
          ...rows.map((row) => evidence(row.at, '', row.upstream)),
          ...(peering ? [importsEvidence(peering, name)] : []),
        ],
        remediation: upstreamRemediation(
          name ? `Set its destination to ${name}` : 'Remove the upstream, or set its destination',
          rows,
          changes,
          cluster.enterprise,
        ),
      };
    });
  },
});

import type { Remediation } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleSidecar, exampleUpstream } from '../examples/parts';
import { consulDocs } from '../links';
import type { ResolvedUpstream } from '../model';
import { serviceKey } from '../names';
import { upstreamSubject } from '../subjects';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { upstreamsView } from '../views/upstreams';
import { byUpstream, instancesLabel, upstreamRemediation } from './upstream-remediation';

const isQuery = ({ upstream }: ResolvedUpstream): boolean => upstream.DestinationType === 'prepared_query';

/** The first target of a query at a peer. */
const peerTargetOf = ({ targets }: ResolvedUpstream) => targets.find(({ peer }) => peer !== '');

/** Calls the service of the peer itself. */
const callService = (
  rows: readonly [ResolvedUpstream, ...ResolvedUpstream[]],
  queries: readonly ResolvedUpstream[],
  enterprise: boolean,
): readonly Remediation[] => {
  const target = peerTargetOf(rows[0]);
  if (!target) return [];
  const changes = queries.flatMap((upstream) => {
    const to = peerTargetOf(upstream);
    const change = to && {
      DestinationType: 'service',
      DestinationName: to.service,
      DestinationPeer: to.peer,
      Datacenter: '',
    };
    return change ? [{ upstream, change }] : [];
  });
  return upstreamRemediation(`Call ${target.service} at ${target.peer}`, rows, changes, enterprise);
};

export const upstreamPreparedQuery = defineCheck({
  id: 'upstream-prepared-query',
  group: 'sidecars',
  title: 'No upstream is a prepared query that resolves to a peer',
  failureTitle: 'An upstream is a prepared query that resolves to a peer',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/cluster-peering/usage/create-sameness-groups'),
    since: '1.14.0',
  },
  rationale:
    'Prepared queries reach peers by DNS only. A sidecar whose upstream is a query gets the instances of the peer, but every connection to them fails.',
  inputs: [upstreamsView, hasPeeringsView, 'cluster'],
  partial: [upstreamsView],
  optional: ['serviceNames'],
  examples: {
    pass: {
      sidecars: [
        exampleSidecar([
          exampleUpstream({
            DestinationType: 'prepared_query',
            DestinationName: 'nearest-api',
            DestinationPeer: '',
          }),
        ]),
      ],
      preparedQueries: [
        {
          ID: '',
          Name: 'nearest-api',
          Service: { Service: 'api', Peer: '', SamenessGroup: '', Failover: null },
        },
      ],
    },
    fail: {
      sidecars: [
        exampleSidecar([
          exampleUpstream({
            DestinationType: 'prepared_query',
            DestinationName: 'far-billing',
            DestinationPeer: '',
          }),
        ]),
      ],
      preparedQueries: [
        {
          ID: '',
          Name: 'far-billing',
          Service: { Service: 'billing', Peer: 'west', SamenessGroup: '', Failover: null },
        },
      ],
    },
  },
  evaluate({ upstreams, hasPeerings, cluster, serviceNames }) {
    if (!hasPeerings) return skip(noPeerings);
    const queries = upstreams.filter(isQuery);
    if (queries.length === 0) return skip('no upstream is a prepared query');
    const toPeers = queries.filter((upstream) => peerTargetOf(upstream) !== undefined);
    const here = new Set(rowsOf(serviceNames).map(({ name, namespace }) => serviceKey(name, namespace)));
    const findings = byUpstream(toPeers).map((rows): Draft => {
      const [first] = rows;
      const target = peerTargetOf(first);
      // While this cluster has the service, the query gives its instances, and only failover breaks.
      const local = first.targets.some(
        ({ peer, datacenter, service, namespace }) =>
          peer === '' && datacenter === '' && here.has(serviceKey(service, namespace)),
      );
      return {
        severity: local ? 'warning' : 'error',
        subject: upstreamSubject(first),
        message: `${instancesLabel(rows)} → ${first.destination} is a prepared query that ${local ? 'fails over' : 'resolves'} to ${target?.peer ?? ''}: DNS answers for it, but connections through a sidecar to a peer fail${local ? ' as soon as it fails over' : ''}`,
        evidence: [...rows.map((row) => evidence(row.at, '', row.upstream)), ...(target?.trail ?? [])],
        remediation: callService(rows, toPeers, cluster.enterprise),
      };
    });
    const hidden = queries.find(({ unresolved }) => unresolved !== '');
    return hidden ? unknown(hidden.unresolved, findings) : findings;
  },
});

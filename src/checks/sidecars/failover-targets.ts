import type { Peering } from '../../consul/wire';
import { findNearestName } from '../../find-nearest-name';
import type { Remediation, Subject } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { ExportedServiceHealth } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { exampleEntry, exampleSidecar, exampleUpstream } from '../examples/parts';
import { consulDocs } from '../links';
import type { GatewayRoute, ResolvedUpstream, UpstreamTarget } from '../model';
import { serviceKey, serviceLabel } from '../names';
import { reasonOf } from '../reason';
import { remoteExportRemediation } from '../exported-services/remote-export';
import { upstreamSubject } from '../subjects';
import { localBackends, localLegs } from '../traffic/local-backends';
import {
  deadImport,
  importedEvidence,
  importedKeys,
  importedNames,
  importedOf,
  importsEvidence,
} from '../traffic/imported-services';
import { upstreamEvidence } from '../traffic/upstream-evidence';
import type { InputValues } from '../view';
import { gatewayRoutesView } from '../views/gateway-routes';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { remoteExportsView } from '../views/remote-exports';
import { findDeadLegs } from './dead-legs';
import { notReceived } from './not-received';
import { pathsView } from '../views/paths';
import { upstreamsView } from '../views/upstreams';
import { redirectRemediation } from './redirect-remediation';
import { peerNamesEvidence } from './unknown-redirects';
import { byUpstream, instancesLabel } from './upstream-remediation';
import { inspectService } from './upstream-imported';

type Values = InputValues<
  typeof upstreamsView | typeof hasPeeringsView | 'peerings' | 'peerNames' | 'cluster',
  | typeof gatewayRoutesView
  | typeof remoteExportsView
  | typeof pathsView
  | 'importedServices'
  | 'exportedHealth'
  | 'serviceNames'
  | 'serviceDefaults'
  | 'serviceResolvers'
  | 'serviceRouters'
  | 'serviceSplitters'
  | 'terminatingGateways'
  | 'otherSides'
>;

const isStandby = ({ via }: UpstreamTarget): boolean => via === 'failover' || via === 'sameness-group';

/** A failover target that does not work, and why. */
interface Problem {
  readonly target: UpstreamTarget;
  readonly why: string;
  readonly evidence: Draft['evidence'];
  readonly remediation: () => readonly Remediation[];
}

const problemOf = (target: UpstreamTarget, values: Values): Problem | undefined => {
  const { peerNames, peerings } = values;
  const { peer, service, namespace } = target;
  const resolvers = rowsOf(values.serviceResolvers);
  const label = serviceLabel(service, namespace);
  if (!peerNames.includes(peer)) {
    const offering = peerings.list.filter((one) => importedKeys(one)?.has(serviceKey(service, namespace)));
    const near = findNearestName(peer, peerNames) ?? (offering.length === 1 ? offering[0]?.Name : undefined);
    return {
      target,
      why: `no peering is named ${peer}${near ? `; ${near} is probably meant` : ''}`,
      evidence: [peerNamesEvidence(peerNames)],
      remediation: () =>
        near === undefined ? [] : redirectRemediation(resolvers, { peer, service }, { peer: near, service }),
    };
  }
  const peering = peerings.list.find(({ Name }) => Name === peer);
  const keys = peering && importedKeys(peering);
  if (!peering || !keys) return undefined;
  if (!keys.has(serviceKey(service, namespace))) {
    return notExported(target, peering, values);
  }
  const row = importedOf({ peer, service, target }, rowsOf(values.importedServices));
  const dead = row && deadImport(row, label, peer);
  return row && dead
    ? {
        target,
        why: dead,
        evidence: [importedEvidence(row)],
        remediation: () => inspectService(service, label, peer),
      }
    : undefined;
};

const notExported = (target: UpstreamTarget, peering: Peering, values: Values): Problem => {
  const { peer, service, namespace } = target;
  const near = findNearestName(service, importedNames(peering, namespace));
  const side = rowsOf(values.otherSides).find((one) => one.peer === peer);
  const late = notReceived(values.remoteExports, peering, { service, namespace });
  if (late) {
    return {
      target,
      why: late.why,
      evidence: [importsEvidence(peering), ...late.evidence],
      remediation: () => late.remediation,
    };
  }
  return {
    target,
    why: `${peer} does not export ${serviceLabel(service, namespace)}${near ? `; it exports ${near}` : ''}`,
    evidence: [importsEvidence(peering, near)],
    remediation: () => [
      ...(near === undefined
        ? []
        : redirectRemediation(rowsOf(values.serviceResolvers), { peer, service }, { peer, service: near })),
      ...remoteExportRemediation({ peering, service, namespace }, side),
    ],
  };
};

const works = ({ instances, inMesh, downInMesh }: ExportedServiceHealth): boolean =>
  instances > 0 && inMesh > 0 && downInMesh === undefined;

/** Tells whether a target works: undefined where that was not read. */
const isUp = (target: UpstreamTarget, values: Values): boolean | undefined => {
  const { peer, datacenter, service, namespace } = target;
  const key = serviceKey(service, namespace);
  if (peer !== '') return problemOf(target, values) === undefined;
  if (datacenter !== '') return undefined;
  const health = rowsOf(values.exportedHealth).find((one) => serviceKey(one.name, one.namespace) === key);
  if (health) return works(health);
  const { serviceNames } = values;
  if (serviceNames.visibility !== 'visible') return undefined;
  return serviceNames.value.some(({ name, namespace: ns }) => serviceKey(name, ns) === key)
    ? undefined
    : false;
};

const subjectOf = (upstream: ResolvedUpstream | GatewayRoute): Subject =>
  'gateway' in upstream
    ? { kind: upstream.gateway.kind, name: `${upstream.gateway.name} → ${upstream.destination}` }
    : upstreamSubject(upstream);

const upstreamFinding = (
  rows: readonly [ResolvedUpstream, ...ResolvedUpstream[]],
  values: Values,
): readonly Draft[] => {
  const [first] = rows;
  const problems = first.targets
    .filter((target) => isStandby(target) && target.peer !== '')
    .flatMap((target) => problemOf(target, values) ?? []);
  if (problems.length === 0) return [];
  const broken = new Set(problems.map(({ target }) => target));
  const others = first.targets.filter((target) => !broken.has(target));
  const isLast = others.every((target) => isUp(target, values) === false);
  const isUsed = rowsOf(values.paths).some(
    ({ here, standby, upstream }) => here === 'consumer' && !standby && broken.has(upstream.target),
  );
  const [problem] = problems as [Problem];
  const named = problems
    .map(({ target, why }) => `${serviceLabel(target.service, target.namespace)} at ${target.peer} (${why})`)
    .join(' and ');
  return [
    {
      severity: isLast || isUsed ? 'error' : 'warning',
      subject: subjectOf(first),
      message: `${instancesLabel(rows)} → ${first.destination} fails over to ${named}: ${isLast ? 'no other target works, so calls fail' : isUsed ? 'the calls go there now, and fail' : 'that failover would not work'}`,
      evidence: [
        upstreamEvidence(first),
        ...problem.target.trail,
        ...problems.flatMap((one) => one.evidence),
      ],
      remediation: () => problems.flatMap(({ remediation }) => remediation()),
    },
  ];
};

const failingOver = (Service: string) => ({
  sidecars: [
    exampleSidecar([exampleUpstream({ DestinationName: 'api', DestinationPeer: '', LocalBindPort: 9192 })]),
  ],
  serviceResolvers: [
    exampleEntry({
      Kind: 'service-resolver' as const,
      Name: 'api',
      Failover: {
        '*': {
          Service: '',
          Datacenters: [],
          SamenessGroup: '',
          Targets: [
            {
              Service,
              ServiceSubset: '',
              Peer: 'west',
              Datacenter: '',
              SamenessGroup: '',
            },
          ],
        },
      },
    }),
  ],
});

export const failoverTargets = defineCheck({
  id: 'failover-targets',
  group: 'sidecars',
  title:
    'Failover targets at peers, and services here that share calls with a peer, exist and can be reached',
  failureTitle:
    'A failover target at a peer, or a service here that shares calls with a peer, does not exist or cannot be reached',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/manage-traffic/failover'),
    since: '1.14.0',
  },
  rationale:
    'Nothing shows that a failover target is wrong until it is needed. Calls then fail although a failover is configured. A splitter sends each of its legs a share of the calls: a leg to a service of this cluster without a passing mesh instance fails beside a leg at a peer that works.',
  inputs: [upstreamsView, 'peerings', 'peerNames', hasPeeringsView, 'cluster'],
  partial: [upstreamsView],
  optional: [
    gatewayRoutesView,
    remoteExportsView,
    pathsView,
    'importedServices',
    'exportedHealth',
    'serviceNames',
    'serviceDefaults',
    'serviceResolvers',
    'serviceRouters',
    'serviceSplitters',
    'terminatingGateways',
    'otherSides',
  ],
  examples: { pass: failingOver('billing'), fail: failingOver('biling') },
  evaluate(values) {
    const { hasPeerings, upstreams, importedServices, ...rest } = values;
    if (!hasPeerings) return skip(noPeerings);
    const callers = [...upstreams, ...rowsOf(rest.gatewayRoutes)];
    const standby = callers.filter(({ targets }) =>
      targets.some((target) => isStandby(target) && target.peer !== ''),
    );
    const sharing = callers.filter((one) => localLegs(one).length > 0);
    if (standby.length + sharing.length === 0) {
      return skip('nothing fails over to a peer, and no splitter shares calls with one');
    }
    const legs = findDeadLegs(sharing, localBackends(rest, rest.cluster), rowsOf(rest.serviceSplitters));
    const findings = [
      ...byUpstream(standby).flatMap((rows) => upstreamFinding(rows, values)),
      ...legs.findings,
    ];
    if (legs.hidden !== undefined) return unknown(legs.hidden, findings);
    return standby.length > 0 &&
      importedServices.visibility !== 'visible' &&
      importedServices.reason.kind !== 'not-gathered'
      ? unknown(reasonOf(importedServices.reason), findings)
      : findings;
  },
});

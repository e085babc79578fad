import type { Remediation, Subject } from '../../report/report';
import {
  criticalCheckNames,
  criticalCheckNamesForPeers,
  isCritical,
  isSyntheticNode,
} from '../../snapshot/health';
import type { GatewayInstance } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleCheck, exampleGateway, exampleSerfHealth } from '../examples/parts';
import { failingCheckNames } from '../failing-checks';
import { consulDocs } from '../links';
import { reasonOf } from '../reason';
import { changeGatewayRemediation, reviveGatewayRemediation } from '../remediation/mesh-gateway';
import {
  describeProbe,
  describeSilence,
  gatewayProbes,
  probeEvidence,
  nameVantagePoints,
  severityOfSilence,
  silenceOf,
} from '../probes';
import type { Probe } from '../../snapshot/probe-section';
import { rowsOf } from '../../snapshot/section';
import { gatewaySubjects } from '../subjects';
import type { InputValues } from '../view';
import { gatewayModesView } from '../views/gateway-modes';
import { peersThroughGatewaysView } from '../views/peers-through-gateways';
import { decideOverall, relationsView } from '../views/relations';
import { localModes } from './mode-evidence';

/** Maximum failing instances in evidence. */
const maxShown = 5;

/** Maximum failing instances with remediations of their own. */
const maxRemediated = 3;

const isHealthy = ({ Checks }: GatewayInstance): boolean => !Checks.some(isCritical);

/** True also for a gateway in maintenance that fails no other check. */
const isHealthyForPeers = ({ Checks }: GatewayInstance): boolean =>
  criticalCheckNamesForPeers(Checks).length === 0;

const ownChecks = ({ Checks }: GatewayInstance) => Checks.filter(({ ServiceID }) => ServiceID !== '');

const statuses = (gateway: GatewayInstance, of: (check: { readonly Status: string }) => boolean) =>
  gateway.Checks.flatMap((check, index) => {
    const { CheckID, Name, Status } = check;
    return of(check) ? [evidence(gateway.at, `Checks[${index}]`, { CheckID, Name, Status })] : [];
  });

/** Names the health checks that these gateways fail. */
const failing = (gateways: readonly GatewayInstance[]): string =>
  failingCheckNames(gateways.flatMap(({ Checks }) => criticalCheckNames(Checks)));

type Needs = InputValues<
  never,
  typeof relationsView | typeof gatewayModesView | typeof peersThroughGatewaysView
>;

const usesLocalMode = (gatewayModes: Needs['gatewayModes']): boolean =>
  gatewayModes.visibility !== 'hidden' && localModes(gatewayModes.value).length > 0;

/** Says why this cluster needs a healthy gateway; undefined if it does not, or if that is not known. */
const needOf = ({ relations, gatewayModes, peersThroughGateways }: Needs): string | undefined => {
  if (usesLocalMode(gatewayModes)) return 'local mode sends calls to peers through one';
  const exporting = relations.visibility === 'hidden' ? undefined : decideOverall(relations.value, 'exports');
  if (exporting?.is === 'yes') return 'it exports to peers';
  const through = peersThroughGateways.visibility === 'hidden' ? undefined : peersThroughGateways.value;
  return through?.is === 'yes' ? through.why : undefined;
};

/** Says why the need is not known; undefined if it is. */
const needUnknown = ({ relations, gatewayModes, peersThroughGateways }: Needs): string | undefined => {
  for (const section of [relations, gatewayModes]) {
    if (section.visibility !== 'visible') return reasonOf(section.reason);
  }
  const exporting = relations.visibility === 'hidden' ? undefined : decideOverall(relations.value, 'exports');
  const through = peersThroughGateways.visibility === 'hidden' ? undefined : peersThroughGateways.value;
  return [through, exporting].find((decision) => decision?.is === 'unknown')?.why;
};

/** Drops repeated remediations. */
const isFirst = (one: Remediation, index: number, all: readonly Remediation[]): boolean =>
  all.findIndex(({ title, code }) => title === one.title && code === one.code) === index;

interface GatewayContext {
  readonly gateway: GatewayInstance;
  readonly subject: Subject;
  /** Says which gateways still carry traffic. */
  readonly others: string;
  /** The probe of its address for peers; undefined if there is none, or if others have that address too. */
  readonly probe: Probe | undefined;
  /** True if traffic between peers needs a gateway, and this is the only one. */
  readonly isOnly: boolean;
}

/**
 * Finds what is wrong with single gateways while at least one carries traffic.
 */
const gatewayFindings = (context: GatewayContext): readonly Draft[] => {
  const { gateway, subject, others, probe, isOnly } = context;
  const remediation = reviveGatewayRemediation(gateway);
  if (!isHealthy(gateway) && isHealthyForPeers(gateway)) {
    return [
      {
        severity: 'warning',
        subject,
        message: `${subject.name} is in maintenance, but calls from peers still go through it: maintenance has no effect on peers`,
        evidence: statuses(gateway, isCritical),
        remediation,
      },
    ];
  }
  if (!isHealthy(gateway)) {
    return [
      {
        severity: 'warning',
        subject,
        message: `${subject.name} fails ${failing([gateway])}; ${others}`,
        evidence: statuses(gateway, isCritical),
        remediation,
      },
    ];
  }
  const warned = statuses(gateway, ({ Status }) => Status === 'warning');
  if (warned.length > 0) {
    return [
      {
        severity: 'warning',
        subject,
        message: `${subject.name} has a health check in state warning; traffic still goes through it`,
        evidence: warned,
        remediation,
      },
    ];
  }
  // A gateway that answers needs no check to be known to run.
  if (ownChecks(gateway).length > 0) return [];
  const differs = probe !== undefined && silenceOf(probe) === 'differ';
  if (probe?.outcome === 'tls' && !differs) return [];
  const found =
    probe === undefined || probe.outcome === 'forbidden'
      ? 'so a failure of its Envoy would go unnoticed'
      : `and ${probe.address} ${silenceOf(probe) === undefined ? describeProbe(probe) : describeSilence(probe)}, ${nameVantagePoints(probe)}`;
  return [
    {
      severity: isOnly && probe !== undefined ? severityOfSilence(probe) : 'warning',
      subject,
      message: `${subject.name} has no health check, ${found}`,
      evidence: [
        evidence(
          gateway.at,
          'Checks',
          gateway.Checks.map(({ CheckID, Status }) => ({ CheckID, Status })),
        ),
        ...(probe ? probeEvidence(probe) : []),
      ],
      remediation: [
        ...changeGatewayRemediation('Add a health check that Envoy listens', gateway, { check: true }),
        ...(isSyntheticNode(gateway.Node) ? reviveGatewayRemediation(gateway) : []),
      ],
    },
  ];
};

export const meshGatewayHealthy = defineCheck({
  id: 'mesh-gateway-healthy',
  group: 'mesh-gateways',
  title: 'At least one mesh gateway passes its health checks',
  failureTitle: 'No mesh gateway passes its health checks',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/gateways/mesh-gateway'),
    since: '1.14.0',
  },
  rationale:
    'Consul gives proxies and peers only the gateways that pass their health checks. If none is left, traffic between peers stops. Maintenance stops only the traffic from proxies of the same cluster in local mode; calls from peers still go through the gateway.',
  inputs: ['gateways'],
  optional: [relationsView, gatewayModesView, peersThroughGatewaysView, 'probes'],
  examples: {
    pass: {},
    fail: {
      gateways: [
        exampleGateway({ checks: [exampleSerfHealth('passing'), exampleCheck({ Status: 'critical' })] }),
      ],
    },
  },
  evaluate({ gateways, probes, ...needs }) {
    if (gateways.length === 0) return skip('no mesh gateway is registered');
    const anyHealthy = gateways.some(isHealthy);
    const local = usesLocalMode(needs.gatewayModes);
    if (anyHealthy || (!local && gateways.some(isHealthyForPeers))) {
      const subjectOf = gatewaySubjects(gateways);
      const others = anyHealthy ? 'other gateways are healthy' : 'peers still use those in maintenance';
      const probeOf = gatewayProbes(gateways, rowsOf(probes));
      const findings = gateways.flatMap((gateway) =>
        gatewayFindings({
          gateway,
          subject: subjectOf(gateway),
          others,
          probe: probeOf(gateway),
          isOnly: gateways.length === 1 && needOf(needs) !== undefined,
        }),
      );
      return anyHealthy || needs.gatewayModes.visibility === 'visible'
        ? findings
        : unknown(
            `it is not known whether proxies use local mode, where a gateway in maintenance gets no traffic: ${reasonOf(needs.gatewayModes.reason)}`,
            findings,
          );
    }
    const need = needOf(needs);
    const services = [...new Set(gateways.map(({ Service }) => Service.Service))];
    const finding: Draft = {
      severity: need ? 'error' : 'warning',
      subject: { kind: 'mesh-gateway', name: services.join(', ') },
      message: `${services.join(', ')} ${services.length === 1 ? 'has' : 'have'} no healthy instance: ${gateways.length === 1 ? 'its only one fails' : `all ${gateways.length} fail`} ${failing(gateways)}${need ? `, and this cluster needs one: ${need}` : ''}`,
      evidence: gateways.slice(0, maxShown).flatMap((gateway) => statuses(gateway, isCritical)),
      remediation: gateways.slice(0, maxRemediated).flatMap(reviveGatewayRemediation).filter(isFirst),
    };
    const hidden = need ? undefined : needUnknown(needs);
    return hidden
      ? unknown(`it is not known whether this cluster needs a gateway: ${hidden}`, [finding])
      : [finding];
  },
});

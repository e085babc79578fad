import type { Remediation } from '../../report/report';
import { criticalNames, isCritical, isSynthetic } from '../../snapshot/health';
import type { GatewayInstance } from '../../snapshot/snapshot';
import { defineCheck, type Draft, type Reads, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleCheck, exampleGateway, exampleRelation, exampleSerfHealth } from '../examples';
import { failingWords } from '../failing';
import { changeGatewayRemedy, reviveGatewayRemedy } from '../gateway-remedy';
import { consulDocs } from '../links';
import { reasonOf } from '../reason';
import { gatewaySubject } from '../subjects';
import { overall } from '../views/relations';
import { localModes } from './modes';

/** How many failing instances are shown as evidence. */
const shown = 5;

/** How many failing instances are mended by snippets. */
const mostMended = 3;

const isHealthy = ({ Checks }: GatewayInstance): boolean => !Checks.some(isCritical);

const ownChecks = ({ Checks }: GatewayInstance) => Checks.filter(({ ServiceID }) => ServiceID !== '');

const statuses = (gateway: GatewayInstance, of: (check: { readonly Status: string }) => boolean) =>
  gateway.Checks.flatMap((check, index) => {
    const { CheckID, Name, Status } = check;
    return of(check) ? [evidence(gateway.at, `Checks[${index}]`, { CheckID, Name, Status })] : [];
  });

/** The checks that these fail. */
const failing = (gateways: readonly GatewayInstance[]): string =>
  failingWords(gateways.flatMap(({ Checks }) => criticalNames(Checks)));

type Needs = Reads<never, 'relations' | 'gatewayModes' | 'mesh'>;

/** Why this cluster cannot do without a healthy gateway; undefined where it can, or where that is not known. */
const needOf = ({ relations, gatewayModes, mesh }: Needs): string | undefined => {
  const role = relations.seen === 'none' ? undefined : overall(relations.value, 'exports');
  if (role?.is === 'yes') return 'it exports to peers';
  if (gatewayModes.seen !== 'none' && localModes(gatewayModes.value).length > 0) {
    return 'local mode sends calls to peers through one';
  }
  const through =
    mesh.seen !== 'none' && mesh.value.some(({ entry }) => entry.Peering?.PeerThroughMeshGateways === true);
  return through ? 'it peers through mesh gateways' : undefined;
};

/** What keeps the need from being known; undefined where it is. */
const blindTo = ({ relations, gatewayModes, mesh }: Needs): string | undefined => {
  const [unseen] = [relations, gatewayModes, mesh].filter(({ seen }) => seen !== 'all');
  if (unseen && unseen.seen !== 'all') return reasonOf(unseen.missing);
  const role = relations.seen === 'none' ? undefined : overall(relations.value, 'exports');
  return role?.is === 'unknown' ? role.why : undefined;
};

/** Not a snippet that is there already. */
const isFirst = (one: Remediation, index: number, all: readonly Remediation[]): boolean =>
  all.findIndex(({ title, code }) => title === one.title && code === one.code) === index;

/** Some are healthy: what is wrong with the others. */
const oddities = (gateway: GatewayInstance): readonly Draft[] => {
  const subject = gatewaySubject(gateway);
  const remediation = reviveGatewayRemedy(gateway);
  if (!isHealthy(gateway)) {
    return [
      {
        severity: 'warning',
        subject,
        message: `${subject.name} fails ${failing([gateway])}; other gateways are healthy`,
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
        message: `${subject.name} has a check in state warning; it is used all the same`,
        evidence: warned,
        remediation,
      },
    ];
  }
  if (ownChecks(gateway).length > 0) return [];
  return [
    {
      severity: 'warning',
      subject,
      message: `${subject.name} has no health check, so that nobody would notice if its Envoy were gone`,
      evidence: [
        evidence(
          gateway.at,
          'Checks',
          gateway.Checks.map(({ CheckID, Status }) => ({ CheckID, Status })),
        ),
      ],
      remediation: [
        ...changeGatewayRemedy('Add a check that Envoy listens', gateway, { check: true }),
        ...(isSynthetic(gateway.Node) ? reviveGatewayRemedy(gateway) : []),
      ],
    },
  ];
};

export const meshGatewayHealthy = defineCheck({
  id: 'mesh-gateway-healthy',
  group: 'mesh-gateways',
  title: 'At least one mesh gateway passes its checks',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/gateways/mesh-gateway'),
    since: '1.14.0',
  },
  rationale:
    'Consul leaves gateways that fail a check out of what it tells proxies and peers. With none left, traffic between peers stops.',
  inputs: ['gateways'],
  optional: ['relations', 'gatewayModes', 'mesh'],
  examples: {
    pass: {
      gateways: [exampleGateway()],
      relations: { seen: 'all', value: [exampleRelation()] },
      gatewayModes: { seen: 'all', value: [] },
      mesh: { seen: 'all', value: [] },
    },
    fail: {
      gateways: [
        exampleGateway({ checks: [exampleSerfHealth('passing'), exampleCheck({ Status: 'critical' })] }),
      ],
      relations: { seen: 'all', value: [exampleRelation()] },
      gatewayModes: { seen: 'all', value: [] },
      mesh: { seen: 'all', value: [] },
    },
  },
  evaluate({ gateways, ...needs }) {
    if (gateways.length === 0) return skip('no mesh gateway is registered');
    if (gateways.some(isHealthy)) return gateways.flatMap(oddities);
    const need = needOf(needs);
    const services = [...new Set(gateways.map(({ Service }) => Service.Service))];
    const finding: Draft = {
      severity: need ? 'error' : 'warning',
      subject: { kind: 'mesh-gateway', name: services.join(', ') },
      message: `${services.join(', ')} has no healthy instance: ${gateways.length === 1 ? 'its one fails' : `all ${gateways.length} fail`} ${failing(gateways)}${need ? `, and this cluster needs one: ${need}` : ''}`,
      evidence: gateways.slice(0, shown).flatMap((gateway) => statuses(gateway, isCritical)),
      remediation: gateways.slice(0, mostMended).flatMap(reviveGatewayRemedy).filter(isFirst),
    };
    const blind = need ? undefined : blindTo(needs);
    return blind
      ? unknown(`whether this cluster needs a gateway is not known: ${blind}`, [finding])
      : [finding];
  },
});

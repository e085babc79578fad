import { criticalCheckNames, criticalCheckNamesForPeers } from '../../snapshot/health';
import { findThroughGatewaysEntry } from '../../snapshot/peers-through-gateways';
import { rowsOf } from '../../snapshot/section';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import type { Inputs } from '../inputs';
import { consulDocs } from '../links';
import { newGatewayRemediation, reviveGatewayRemediation } from '../remediation/mesh-gateway';
import { clusterSubject, peeringSubject } from '../subjects';
import { peersThroughGatewaysView } from '../views/peers-through-gateways';
import { noGatewayEvidence } from './mode-evidence';

/** Maximum gateways in evidence and with fixes of their own. */
const maxShown = 3;

/** Servers dial registered gateways regardless of their health checks, so maintenance does not matter (1.20). */
const isHealthy = ({ Checks }: Inputs['gateways'][number]): boolean =>
  criticalCheckNamesForPeers(Checks).length === 0;

/** Mentions other sides with another setting: each side decides for itself, and both ways work together. */
const differences = (otherSides: Inputs['otherSides'], isOn: boolean): readonly Draft[] =>
  otherSides.flatMap(({ peer, cluster, snapshot }): readonly Draft[] => {
    if (snapshot.visibility === 'hidden') return [];
    const { mesh } = snapshot.value.sections;
    if (mesh.visibility !== 'visible' || (findThroughGatewaysEntry(mesh) !== undefined) === isOn) return [];
    const [through, direct] = isOn ? ['this cluster', cluster] : [cluster, 'this cluster'];
    return [
      {
        severity: 'info',
        subject: peeringSubject(peer),
        message: `the peering ${peer} goes through mesh gateways in ${through} but not in ${direct}; that works, because each side decides for itself`,
        evidence: [
          evidence(
            { endpoint: '/v1/config/mesh', path: '' },
            'Peering.PeerThroughMeshGateways',
            isOn ? true : null,
          ),
        ],
        remediation: [],
      },
    ];
  });

export const peerThroughMeshGateways = defineCheck({
  id: 'peer-through-mesh-gateways',
  group: 'mesh-gateways',
  title: 'If peering goes through mesh gateways, at least one is healthy',
  failureTitle: 'Peering goes through mesh gateways, but none is healthy',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/config-entries/mesh#peerthroughmeshgateways'),
    since: '1.14.0',
  },
  rationale:
    'With PeerThroughMeshGateways the stream between the servers passes through mesh gateways too. Without a healthy one, the peering is not established or does not reconnect.',
  inputs: [peersThroughGatewaysView, 'gateways', 'cluster'],
  optional: ['otherSides'],
  examples: (() => {
    const entry = { Kind: 'mesh' as const, Peering: { PeerThroughMeshGateways: true } };
    const mesh = [{ entry, at: { endpoint: '/v1/config/mesh', path: '[0]' }, withheld: [] }];
    return { pass: { mesh }, fail: { mesh, gateways: [] } };
  })(),
  evaluate({ peersThroughGateways, gateways, cluster, otherSides }) {
    const { is, why } = peersThroughGateways;
    if (is === 'unknown')
      return unknown(`it is not known whether peering goes through mesh gateways: ${why}`);
    const infos = differences(rowsOf(otherSides), is === 'yes');
    if (is === 'no') return infos.length > 0 ? infos : skip(why);
    if (gateways.some(isHealthy)) return infos;
    const failing = [...new Set(gateways.flatMap(({ Checks }) => criticalCheckNames(Checks)))];
    return [
      {
        subject: clusterSubject(cluster.name),
        message: `${cluster.name} peers through mesh gateways, but ${gateways.length === 0 ? 'none is registered' : `none is healthy: ${failing.slice(0, maxShown).join(', ')}`}; an established peering stays up, and calls still flow, until it must reconnect`,
        evidence: [
          ...peersThroughGateways.evidence,
          ...(gateways.length === 0
            ? [noGatewayEvidence]
            : gateways.slice(0, maxShown).map(({ at, Checks }) =>
                evidence(
                  at,
                  'Checks',
                  Checks.map(({ Name, CheckID, Status }) => ({ Name: Name || CheckID, Status })),
                ),
              )),
        ],
        remediation:
          gateways.length === 0
            ? newGatewayRemediation()
            : gateways.slice(0, maxShown).flatMap((gateway) => reviveGatewayRemediation(gateway)),
      },
      ...infos,
    ];
  },
});

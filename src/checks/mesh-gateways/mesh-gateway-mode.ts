import type { Subject } from '../../report/report';
import { defineCheck, type Draft, skip } from '../define';
import { exampleCluster, exampleEntry, exampleMode } from '../examples';
import { spec } from '../links';
import { entrySubject, sidecarSubject, upstreamSubject } from '../subjects';
import type { GatewayMode } from '../views/modes';
import { remoteModeRemedy } from './mode-remedy';
import { isAllowed, modeEvidence, usersOf } from './modes';

/** What has to be changed: the entry, the proxy or the upstream that sets the mode. */
const subjectOf = ({ entry, layer, upstream, sidecar }: GatewayMode): Subject | undefined => {
  if (entry) return entrySubject(entry.entry);
  if (layer === 'upstream' && upstream) return upstreamSubject(upstream);
  return sidecar && sidecarSubject(sidecar);
};

const finding = (
  subject: Subject,
  modes: readonly [GatewayMode, ...GatewayMode[]],
  enterprise: boolean,
): Draft => {
  const [{ entry, mode }] = modes;
  const name = entry ? `${entry.entry.Kind}/${entry.entry.Name}` : subject.name;
  const effect = mode === 'none' ? '; Consul warns and falls back to remote' : '';
  return {
    subject,
    message: `${name} sets mesh gateway mode "${mode}" for ${usersOf(modes)} towards peers, where the specification allows remote or local${effect}`,
    evidence: modeEvidence(modes),
    remediation: remoteModeRemedy(modes, enterprise),
  };
};

export const meshGatewayMode = defineCheck({
  id: 'mesh-gateway-mode',
  group: 'mesh-gateways',
  title: 'Mesh gateway mode towards peers is remote or local',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('mesh-gateway-modes'), since: '1.14.0' },
  rationale:
    'The mode none is invalid between peers. Consul falls back to remote with a warning in its log, so what is configured is not what happens, and may not stay so.',
  inputs: ['gatewayModes', 'cluster'],
  partial: ['gatewayModes'],
  examples: {
    pass: { gatewayModes: [exampleMode(), exampleMode({ mode: 'local' })], cluster: exampleCluster },
    fail: {
      gatewayModes: [
        exampleMode({
          mode: 'none',
          layer: 'proxy-defaults',
          seen: { endpoint: '/v1/config/proxy-defaults/global', path: 'MeshGateway.Mode', value: 'none' },
          entry: exampleEntry({
            Kind: 'proxy-defaults' as const,
            Name: 'global',
            Mode: '',
            Config: {},
            MeshGateway: { Mode: 'none' },
          }),
        }),
      ],
      cluster: exampleCluster,
    },
  },
  evaluate({ gatewayModes, cluster }) {
    if (gatewayModes.length === 0) return skip('no sidecar has a way to a peer');
    const bySubject = new Map<string, { subject: Subject; modes: [GatewayMode, ...GatewayMode[]] }>();
    for (const mode of gatewayModes) {
      const subject = isAllowed(mode.mode) ? undefined : subjectOf(mode);
      if (!subject) continue;
      const key = `${subject.kind} ${subject.name}`;
      const known = bySubject.get(key);
      if (known) known.modes.push(mode);
      else bySubject.set(key, { subject, modes: [mode] });
    }
    return [...bySubject.values()].map(({ subject, modes }) => finding(subject, modes, cluster.enterprise));
  },
});

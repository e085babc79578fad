import type { Subject } from '../../report/report';
import { defineCheck, type Draft, skip } from '../define';
import { exampleEntry, exampleSidecar, exampleUpstream } from '../examples/parts';
import { spec } from '../links';
import type { GatewayMode } from '../model';
import { entrySubject, sidecarSubject, upstreamSubject } from '../subjects';
import { gatewayModesView } from '../views/gateway-modes';
import { remoteModeRemediation } from './mode-remediation';
import { isAllowed, modeEvidence, usersOf } from './mode-evidence';

/** Returns what has to be changed: the entry, the proxy or the upstream that sets the mode. */
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
  const effect = mode === 'none' ? '; calls still flow, as Consul logs a warning and uses remote' : '';
  return {
    subject,
    message: `${name} sets mesh gateway mode "${mode}" for ${usersOf(modes)} towards peers; the specification allows only remote and local${effect}`,
    evidence: modeEvidence(modes),
    remediation: () => remoteModeRemediation(modes, enterprise),
  };
};

export const meshGatewayMode = defineCheck({
  id: 'mesh-gateway-mode',
  group: 'mesh-gateways',
  title: 'Mesh gateway mode towards peers is remote or local',
  failureTitle: 'Mesh gateway mode towards a peer is neither remote nor local',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('mesh-gateway-modes'), since: '1.14.0' },
  rationale:
    'The mode none is invalid between peers. Consul logs a warning and uses remote instead, so the configuration does not say what happens, and a later version may act differently.',
  inputs: [gatewayModesView, 'cluster'],
  partial: [gatewayModesView],
  examples: {
    pass: { sidecars: [exampleSidecar([exampleUpstream({ MeshGateway: { Mode: 'local' } })])] },
    fail: {
      proxyDefaults: [
        exampleEntry({
          Kind: 'proxy-defaults' as const,
          Name: 'global',
          Mode: '',
          Config: {},
          MeshGateway: { Mode: 'none' },
        }),
      ],
    },
  },
  evaluate({ gatewayModes, cluster }) {
    if (gatewayModes.length === 0) return skip('no sidecar has an upstream to a peer');
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

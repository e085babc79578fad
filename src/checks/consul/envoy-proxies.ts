import { defineCheck, type Draft, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleAgent, exampleExport, exampleServiceSeen } from '../examples';
import { spec } from '../links';
import { serviceKey } from '../names';
import { registrationRemedy } from '../registration';
import { agentSetting, helmValues } from '../settings';
import { serviceSubject } from '../subjects';

const self = { endpoint: '/v1/agent/self', path: '' };

export const envoyProxies = defineCheck({
  id: 'envoy-proxies',
  group: 'consul',
  title: 'Proxies in the paths between peers are Envoy',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('requirements'), since: '1.14.0' },
  rationale:
    'Envoy is the only proxy with mesh gateway capabilities in Consul. Other proxies, and services that do TLS themselves, take no part in its routing.',
  inputs: ['agent', 'exports', 'exportedHealth'],
  partial: ['exports', 'exportedHealth'],
  examples: {
    pass: { agent: exampleAgent(), exports: [exampleExport()], exportedHealth: [exampleServiceSeen()] },
    fail: {
      agent: exampleAgent(),
      exports: [exampleExport()],
      exportedHealth: [exampleServiceSeen({ native: 2, inMesh: 2 })],
    },
  },
  evaluate({ agent, exports, exportedHealth }) {
    const exported = new Set(
      exports.filter((row) => row.consumers.length > 0).map((row) => serviceKey(row.service, row.namespace)),
    );
    const findings: Draft[] = exportedHealth
      .filter((seen) => exported.has(serviceKey(seen.name, seen.namespace)))
      .filter((seen) => seen.native > 0 && seen.inMesh <= seen.native)
      .map((seen) => ({
        severity: 'warning',
        subject: serviceSubject(seen.name, seen.namespace),
        message: `${seen.name} is exported, and is in the mesh by native integration alone: no Envoy stands before any of its ${seen.native} native instances`,
        // All instances that it shows are native, so the first one is.
        evidence: [evidence({ endpoint: seen.endpoint, path: '[0]' }, 'Service.Connect.Native', true)],
        remediation: registrationRemedy(
          'Put a sidecar before it: give the service one, with its own port',
          { name: seen.name, namespace: seen.namespace, port: 8080, connect: { sidecar_service: {} } },
          '',
        ),
      }));

    if (!agent.xDS) {
      return unknown(
        'the answering agent serves no gRPC, so it does not say which proxies it supports',
        findings,
      );
    }
    const versions = agent.xDS.SupportedProxies['envoy'] ?? [];
    if (versions.length > 0) return findings;
    return [
      {
        subject: { kind: 'agent', name: agent.Config.NodeName },
        message: `${agent.Config.NodeName} offers its configuration to no version of Envoy`,
        evidence: [evidence(self, 'xDS.SupportedProxies', agent.xDS.SupportedProxies)],
        remediation: [
          agentSetting('Agent configuration: serve xDS to Envoy, with the mesh on', {
            connect: { enabled: true },
            ports: { grpc: 8502, grpc_tls: 8503 },
          }),
          helmValues('On Kubernetes: Helm values that run Envoy with each service', {
            connectInject: { enabled: true },
          }),
        ],
      },
      ...findings,
    ];
  },
});

import { defineCheck, type Draft, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleExportedHealth } from '../examples/parts';
import { spec } from '../links';
import { serviceKey } from '../names';
import { registrationRemediation } from '../remediation/registration';
import { agentSetting, helmValues } from '../remediation/settings';
import { serviceSubject } from '../subjects';
import { exportsView } from '../views/exports';

const self = { endpoint: '/v1/agent/self', path: '' };

export const envoyProxies = defineCheck({
  id: 'envoy-proxies',
  group: 'consul',
  title: 'Proxies in the paths between peers are Envoy',
  failureTitle: 'A path between peers has no Envoy proxy',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('requirements'), since: '1.14.0' },
  rationale:
    'In Consul, only Envoy supports mesh gateways. Other proxies, and services that do TLS themselves, do not use its routing.',
  inputs: ['agent', exportsView, 'exportedHealth'],
  partial: [exportsView, 'exportedHealth'],
  examples: { pass: {}, fail: { exportedHealth: [exampleExportedHealth({ native: 2, inMesh: 2 })] } },
  evaluate({ agent, exports, exportedHealth }) {
    const exported = new Set(
      exports.filter((row) => row.consumers.length > 0).map((row) => serviceKey(row.service, row.namespace)),
    );
    const findings: Draft[] = exportedHealth
      .filter((service) => exported.has(serviceKey(service.name, service.namespace)))
      .filter((service) => service.native > 0 && service.inMesh <= service.native)
      .map((service) => ({
        severity: 'warning',
        subject: serviceSubject(service.name, service.namespace),
        message: `${service.name} is exported, but ${service.native === 1 ? 'its only native instance has no' : `none of its ${service.native} native instances has an`} Envoy sidecar. Over tcp, native instances get certificates of the CA of the peer, and refuse calls unless they trust that CA; over http they get those of mesh gateways`,
        // All its instances are native, so the first one is, too.
        evidence: [evidence({ endpoint: service.endpoint, path: '[0]' }, 'Service.Connect.Native', true)],
        remediation: registrationRemediation(
          'Give the service a sidecar; set its own port',
          { name: service.name, namespace: service.namespace, port: 8080, connect: { sidecar_service: {} } },
          '',
        ),
      }));

    if (!agent.xDS) {
      return unknown(
        'the answering agent serves no gRPC, so it does not report which proxies it supports',
        findings,
      );
    }
    const versions = agent.xDS.SupportedProxies['envoy'] ?? [];
    if (versions.length > 0) return findings;
    return [
      {
        subject: { kind: 'agent', name: agent.Config.NodeName },
        message: `${agent.Config.NodeName} supports no version of Envoy`,
        evidence: [evidence(self, 'xDS.SupportedProxies', agent.xDS.SupportedProxies)],
        remediation: [
          agentSetting('Agent configuration: enable the mesh and serve xDS to Envoy', {
            connect: { enabled: true },
            ports: { grpc: 8502, grpc_tls: 8503 },
          }),
          helmValues('On Kubernetes: Helm values that inject Envoy sidecars', {
            connectInject: { enabled: true },
          }),
        ],
      },
      ...findings,
    ];
  },
});

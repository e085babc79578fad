import type { ProxyDefaults } from '../../consul/wire';
import type { Evidence, Remediation, Subject } from '../../report/report';
import { isSyntheticNode } from '../../snapshot/health';
import type { Entry, GatewayInstance } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleGateway, exampleSidecar, exampleUpstream } from '../examples/parts';
import { spec } from '../links';
import type { GatewayMode } from '../model';
import { orDefault } from '../names';
import { configEntryRemediation } from '../remediation/config-entry';
import { changeGatewayRemediation } from '../remediation/mesh-gateway';
import { gatewaySubjects } from '../subjects';
import { gatewayModesView } from '../views/gateway-modes';
import { localModes, modeEvidence, noLocalMode } from './mode-evidence';
import { type ProxyConfigKeys, readProxyConfig } from './proxy-config';

/** A gateway option with the value that Consul uses by default, so that it changes nothing. */
const defaultOption = { connect_timeout_ms: 5000 };

/** Returns the keys below a prefix whose values the snapshot does not hold, from their JSON pointers. */
const withheldKeys = (paths: readonly string[], prefix: string): readonly string[] =>
  paths
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length).split('/', 1)[0] ?? '')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

/** Merges `Proxy.Config` as the gateway gets it: proxy-defaults, then its registration. */
const mergedConfig = (gateway: GatewayInstance, defaults: Entry<ProxyDefaults> | undefined) => {
  const hidden = [
    ...withheldKeys(defaults?.withheld ?? [], '/Config/'),
    ...withheldKeys(gateway.withheld ?? [], '/Service/Proxy/Config/'),
  ];
  const config = {
    ...Object.fromEntries(hidden.map((key) => [key, null])),
    ...defaults?.entry.Config,
    ...gateway.Service.Proxy?.Config,
  };
  return { config, isWithheld: (key: string) => hidden.includes(key) };
};

/** On Kubernetes the chart registers the gateway, and its options can only be set in proxy-defaults. */
const optionRemediation = (
  gateway: GatewayInstance,
  defaults: Entry<ProxyDefaults> | undefined,
): readonly Remediation[] => {
  const forAll = {
    ...(defaults?.entry ?? { Kind: 'proxy-defaults', Name: 'global' }),
    Config: { ...defaults?.entry.Config, ...defaultOption },
  };
  return [
    ...changeGatewayRemediation('Define an option, here with its default value', gateway, {
      config: defaultOption,
    }),
    ...configEntryRemediation({ title: 'Define it for all proxies', entry: forAll, existing: defaults }),
  ];
};

/** A gateway with the options that it gets. */
interface GatewayOptions extends ProxyConfigKeys {
  readonly gateway: GatewayInstance;
  readonly defaults: Entry<ProxyDefaults> | undefined;
  readonly evidence: readonly Evidence[];
}

const readGateway = (
  gateway: GatewayInstance,
  proxyDefaults: readonly Entry<ProxyDefaults>[],
): GatewayOptions => {
  const defaults = proxyDefaults.find(
    ({ entry }) => orDefault(entry.Partition) === orDefault(gateway.Service.Partition),
  );
  const { config, isWithheld } = mergedConfig(gateway, defaults);
  return {
    ...readProxyConfig(config, isWithheld),
    gateway,
    defaults,
    evidence: [
      evidence(gateway.at, 'Service.Proxy.Config', gateway.Service.Proxy?.Config ?? {}),
      ...(defaults ? [evidence(defaults.at, 'Config', defaults.entry.Config)] : []),
    ],
  };
};

const missing =
  "no Envoy option in its Proxy.Config, which the specification requires with local mode; traffic still flows, with Envoy's defaults";

/**
 * Mentions once for all pods of a gateway that they have no option: the chart of Kubernetes sets none by default, and its
 * pods come and go.
 */
const chartFindings = (
  gateways: readonly GatewayOptions[],
  local: readonly GatewayMode[],
): readonly Draft[] => {
  const without = gateways.filter(
    ({ gateway, options }) => isSyntheticNode(gateway.Node) && options.length === 0,
  );
  return [...Map.groupBy(without, ({ gateway }) => gateway.Service.Service)].flatMap(([name, pods]) =>
    pods.slice(0, 1).map(
      (first): Draft => ({
        severity: 'info',
        subject: { kind: 'mesh-gateway', name },
        message: `${name}, which Kubernetes manages, defines ${missing}`,
        evidence: [...first.evidence, ...modeEvidence(local)],
        remediation: () => optionRemediation(first.gateway, first.defaults),
      }),
    ),
  );
};

const gatewayFindings = (
  { gateway, defaults, options, unknown, mistyped, evidence: shown }: GatewayOptions,
  subject: Subject,
  local: readonly GatewayMode[],
): readonly Draft[] => {
  const mention = (keys: readonly string[], problem: string): readonly Draft[] =>
    keys.length === 0
      ? []
      : [
          {
            severity: 'info',
            subject,
            message: `${subject.name} has ${keys.join(', ')} in its Proxy.Config, ${problem}`,
            evidence: shown,
            remediation: [],
          },
        ];
  return [
    ...(options.length > 0 || isSyntheticNode(gateway.Node)
      ? []
      : [
          {
            subject,
            message: `${subject.name} defines ${missing}`,
            evidence: [...shown, ...modeEvidence(local)],
            remediation: () => optionRemediation(gateway, defaults),
          },
        ]),
    ...mention(unknown, 'which Consul does not recognize'),
    ...mention(mistyped, 'with a value of the wrong type, so Consul uses its defaults'),
  ];
};

const localSidecar = exampleSidecar([exampleUpstream({ MeshGateway: { Mode: 'local' } })]);

export const meshGatewayLocalConfig = defineCheck({
  id: 'mesh-gateway-local-config',
  group: 'mesh-gateways',
  title: 'With local mode, the mesh gateway defines Envoy options in its Proxy.Config',
  failureTitle: 'With local mode, the mesh gateway defines no Envoy options in its Proxy.Config',
  severity: 'warning',
  requirement: { source: 'spec', docs: spec('mesh-gateway-requirements'), since: '1.14.0' },
  rationale:
    "The specification requires Proxy.Config with local mode. Without it traffic flows with Envoy's defaults, which may not suit a gateway that carries all calls to peers.",
  inputs: [gatewayModesView, 'gateways', 'proxyDefaults'],
  partial: [gatewayModesView, 'gateways'],
  examples: {
    pass: { sidecars: [localSidecar], gateways: [exampleGateway({ config: { connect_timeout_ms: 5000 } })] },
    fail: { sidecars: [localSidecar] },
  },
  evaluate({ gatewayModes, gateways, proxyDefaults }) {
    const local = localModes(gatewayModes);
    if (local.length === 0) return skip(noLocalMode);
    if (gateways.length === 0) return skip('no mesh gateway is registered');
    const read = gateways.map((gateway) => readGateway(gateway, proxyDefaults));
    const subjectOf = gatewaySubjects(gateways);
    return [
      ...chartFindings(read, local),
      ...read.flatMap((one) => gatewayFindings(one, subjectOf(one.gateway), local)),
    ];
  },
});

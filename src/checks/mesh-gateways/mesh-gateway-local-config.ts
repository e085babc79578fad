import type { ProxyDefaults } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import type { Entry, GatewayInstance } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleGateway, exampleMode } from '../examples';
import { changeGatewayRemedy } from '../gateway-remedy';
import { spec } from '../links';
import { orDefault } from '../names';
import { configEntryRemedy } from '../remediation/config-entry';
import { gatewaySubject } from '../subjects';
import { localModes, modeEvidence, noLocalMode } from './modes';
import { readProxyConfig } from './proxy-config';

/** A gateway option with the value that Consul uses where none is given, so that it changes nothing. */
const harmless = { connect_timeout_ms: 5000 };

/** Keys below a prefix whose values the snapshot does not hold, from their JSON pointers. */
const withheldKeys = (paths: readonly string[], prefix: string): readonly string[] =>
  paths
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length).split('/', 1)[0] ?? '')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

/** `Proxy.Config` as the gateway gets it: its registration laid over proxy-defaults. */
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

/** On Kubernetes the chart registers the gateway, and proxy-defaults is where its options can be set. */
const remedies = (
  gateway: GatewayInstance,
  defaults: Entry<ProxyDefaults> | undefined,
): readonly Remediation[] => {
  const forAll = {
    ...(defaults?.entry ?? { Kind: 'proxy-defaults', Name: 'global' }),
    Config: { ...defaults?.entry.Config, ...harmless },
  };
  return [
    ...changeGatewayRemedy('Define an option, here with its default value', gateway, { config: harmless }),
    ...configEntryRemedy({ title: 'Define it for all proxies', entry: forAll, existing: defaults }),
  ];
};

export const meshGatewayLocalConfig = defineCheck({
  id: 'mesh-gateway-local-config',
  group: 'mesh-gateways',
  title: 'With local mode, the mesh gateway defines options of Envoy in its Proxy.Config',
  severity: 'warning',
  requirement: { source: 'spec', docs: spec('mesh-gateway-requirements'), since: '1.14.0' },
  rationale:
    "The specification asks for Proxy.Config to be defined with local mode. Traffic flows on Envoy's defaults without it, but those may not suit a gateway that all calls to peers pass through.",
  inputs: ['gatewayModes', 'gateways', 'proxyDefaults'],
  partial: ['gatewayModes', 'gateways'],
  examples: {
    pass: {
      gatewayModes: [exampleMode({ mode: 'local' })],
      gateways: [exampleGateway({ config: { connect_timeout_ms: 5000 } })],
      proxyDefaults: [],
    },
    fail: {
      gatewayModes: [exampleMode({ mode: 'local' })],
      gateways: [exampleGateway()],
      proxyDefaults: [],
    },
  },
  evaluate({ gatewayModes, gateways, proxyDefaults }) {
    const local = localModes(gatewayModes);
    if (local.length === 0) return skip(noLocalMode);
    if (gateways.length === 0) return skip('no mesh gateway is registered');
    return gateways.flatMap((gateway): readonly Draft[] => {
      const subject = gatewaySubject(gateway);
      const defaults = proxyDefaults.find(
        ({ entry }) => orDefault(entry.Partition) === orDefault(gateway.Service.Partition),
      );
      const { config, isWithheld } = mergedConfig(gateway, defaults);
      const { options, unknown, mistyped } = readProxyConfig(config, isWithheld);
      const own = evidence(gateway.at, 'Service.Proxy.Config', gateway.Service.Proxy?.Config ?? {});
      const shared = defaults ? [evidence(defaults.at, 'Config', defaults.entry.Config)] : [];
      const odd = (keys: readonly string[], what: string): readonly Draft[] =>
        keys.length === 0
          ? []
          : [
              {
                severity: 'info',
                subject,
                message: `${subject.name} has ${keys.join(', ')} in its Proxy.Config, ${what}`,
                evidence: [own, ...shared],
                remediation: [],
              },
            ];
      return [
        ...(options.length > 0
          ? []
          : [
              {
                subject,
                message: `${subject.name} defines no option of Envoy in its Proxy.Config, which the specification demands with local mode; traffic flows all the same, on Envoy's defaults`,
                evidence: [own, ...shared, ...modeEvidence(local)],
                remediation: remedies(gateway, defaults),
              },
            ]),
        ...odd(unknown, 'which Consul does not know for Envoy'),
        ...odd(mistyped, 'with a value of the wrong type, so that Consul falls back to its defaults'),
      ];
    });
  },
});

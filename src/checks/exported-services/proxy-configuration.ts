import { customEnvoyWords } from '../../paths/custom-envoy';
import { shortTimeoutWords } from '../../paths/short-timeouts';
import { rowsOf } from '../../snapshot/section';
import type { Section } from '../../snapshot/snapshot';
import type { Draft } from '../define';
import { evidence } from '../evidence';
import type { Inputs } from '../inputs';
import type { Export } from '../model';
import { orDefault, serviceKey, serviceLabel } from '../names';
import { timeoutRemediation } from '../remediation/short-timeouts';
import { serviceSubject } from '../subjects';
import { customService } from '../traffic/escape-hatches';
import { exportedTargets } from '../traffic/exported-targets';
import { shortTimeoutsOfService } from '../traffic/short-timeouts';
import type { NamedExport } from './named-exports';

type Values = Readonly<{
  [K in
    | 'resolvedExports'
    | 'serviceNames'
    | 'exportedChains'
    | 'serviceDefaults'
    | 'proxyDefaults'
    | 'serviceRouters'
    | 'serviceResolvers']: Section<Inputs[K]>;
}> &
  Readonly<Pick<Inputs, 'cluster' | 'exportedHealth'>>;

const isInMesh = ({ health }: NamedExport): boolean => health !== undefined && health.inMesh > 0;

interface ServiceRef {
  readonly service: string;
  readonly namespace: string;
}

/** Tells that no entry changes proxies, so that the members of wildcards, which may be thousands, need no look. */
const isUnchanged = ({ serviceDefaults, proxyDefaults }: Values): boolean =>
  !rowsOf(serviceDefaults).some(({ entry }) => entry['EnvoyExtensions']) &&
  !rowsOf(proxyDefaults).some(
    ({ entry }) => entry['EnvoyExtensions'] || Object.keys(entry.Config).length > 0,
  );

/** Lists the services that wildcards export and that have a sidecar of the usual name. */
const membersInMesh = (values: Values, exports: readonly Export[]): readonly ServiceRef[] => {
  const { resolvedExports, serviceNames } = values;
  if (isUnchanged(values) || !exports.some((row) => row.wildcard && row.consumers.length > 0)) return [];
  const registered = new Set(rowsOf(serviceNames).map(({ name, namespace }) => serviceKey(name, namespace)));
  return rowsOf(resolvedExports)
    .filter(({ Service, Namespace, Consumers }) => {
      const sidecar = serviceKey(`${Service}-sidecar-proxy`, Namespace);
      return Consumers.Peers.length > 0 && registered.has(sidecar);
    })
    .map(({ Service, Namespace }) => ({ service: Service, namespace: orDefault(Namespace) }));
};

/** Opens the configuration of the proxies of exported services. */
export const openProxyConfiguration = (values: Values) => {
  const { cluster, exportedHealth, exportedChains } = values;
  const healthBy = new Map(exportedHealth.map((one) => [serviceKey(one.name, one.namespace), one]));
  const exporter = {
    partition: cluster.partition,
    targetsOf: exportedTargets(rowsOf(exportedChains)),
    healthOf: (service: string, namespace: string) => healthBy.get(serviceKey(service, namespace)),
  };
  const customOf = customService(values, exporter);
  const timeoutsOf = shortTimeoutsOfService(values, exporter);
  return {
    /** Says which service has proxies about whose calls Consul does not decide alone; undefined without any. */
    customReason: (named: readonly NamedExport[], exports: readonly Export[]): string | undefined => {
      for (const { service, namespace } of [...named.filter(isInMesh), ...membersInMesh(values, exports)]) {
        const parts = customOf(service, namespace);
        if (parts.length > 0)
          return `${serviceLabel(service, namespace)}: ${customEnvoyWords(parts.map(({ what }) => what))}`;
      }
      return undefined;
    },
    /** Warns of timeouts that calls of peers exceed. */
    timeoutFindings: (one: NamedExport): readonly Draft[] => {
      const { service, namespace, rows } = one;
      const timeouts = isInMesh(one) ? timeoutsOf(service, namespace) : [];
      if (timeouts.length === 0) return [];
      return [
        {
          severity: 'warning',
          subject: serviceSubject(service, namespace),
          message: `${serviceLabel(service, namespace)} is exported, and ${shortTimeoutWords(timeouts.map(({ what }) => what))}`,
          evidence: [evidence(rows[0].at, 'Name', service), ...timeouts.map(({ setBy }) => setBy)],
          remediation: () => timeoutRemediation(timeouts, 'destination'),
        },
      ];
    },
  };
};

import type { Remediation } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { Section } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleExportedHealth } from '../examples/parts';
import { endMaintenanceRemediation, failingRemediation } from '../failing-checks';
import type { Inputs } from '../inputs';
import { consulDocs } from '../links';
import { orDefault, serviceKey, serviceLabel } from '../names';
import { findNearestName } from '../../find-nearest-name';
import { configEntryRemediation } from '../remediation/config-entry';
import { wellFormed } from '../remediation/text';
import { serviceSubject } from '../subjects';
import { isTerminatedAlone } from '../traffic/terminated';
import { upstreamEvidence } from '../traffic/upstream-evidence';
import { exportsView } from '../views/exports';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { remoteUpstreamsView } from '../views/remote-upstreams';
import { withoutService, withServiceRenamed } from './change-entry';
import { consumersByService, exportedByName, type NamedExport } from './named-exports';

/** Exports the service with the nearest name instead, or removes this one. */
const entryRemediation = (
  { rows, ...service }: NamedExport,
  serviceNames: Inputs['serviceNames'],
): readonly Remediation[] => {
  const existing = rows[0].entry;
  const local = serviceNames
    .filter(({ namespace }) => orDefault(namespace) === service.namespace)
    .map(({ name }) => name)
    .filter((name) => name !== 'consul' && !name.endsWith('-sidecar-proxy'));
  const near = findNearestName(service.service, local);
  return configEntryRemediation({
    title:
      near === undefined
        ? `Remove ${service.service} from the entry, or register it`
        : `Export ${near} instead`,
    entry:
      near === undefined
        ? withoutService(existing.entry, service)
        : withServiceRenamed(existing.entry, service, near),
    existing,
  });
};

/**
 * Tells that the addresses in service-defaults stand for a service behind a terminating gateway, which needs no instance
 * then (seen with real traffic on 1.20.1). Undefined where service-defaults are not visible.
 */
const isDestination = (
  { service, namespace, health }: NamedExport,
  serviceDefaults: Section<Inputs['serviceDefaults']>,
): boolean | undefined => {
  if (!health || health.instances > 0 || !isTerminatedAlone(health)) return false;
  if (serviceDefaults.visibility === 'hidden') return undefined;
  const key = serviceKey(service, namespace);
  return serviceDefaults.value.some(
    ({ entry }) => Boolean(entry.Destination) && serviceKey(entry.Name, entry.Namespace) === key,
  );
};

export const exportedServicesExist = defineCheck({
  id: 'exported-services-exist',
  group: 'exported-services',
  title: 'Every service exported by name is registered and has a passing instance',
  failureTitle: 'A service exported by name is not registered or has no passing instance',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/config-entries/exported-services'),
    since: '1.14.0',
  },
  rationale: 'The peer sees the name of a service without instances, and calls to it fail.',
  inputs: [exportsView, 'exportedHealth', hasPeeringsView],
  partial: [exportsView, 'exportedHealth'],
  optional: ['serviceNames', 'serviceDefaults', remoteUpstreamsView],
  examples: {
    pass: {},
    fail: { exportedHealth: [exampleExportedHealth({ instances: 0, passing: 0, inMesh: 0 })] },
  },
  evaluate({ exports, exportedHealth, hasPeerings, serviceNames, serviceDefaults, remoteUpstreams }) {
    if (!hasPeerings) return skip(noPeerings);
    const named = exportedByName(exports, exportedHealth);
    const userOf = consumersByService(rowsOf(remoteUpstreams));
    if (named.length === 0) return skip('no service is exported by name');
    const unread = named.find(({ health }) => health === undefined);
    const undecided = named.find((one) => isDestination(one, serviceDefaults) === undefined);
    const findings = named.flatMap((one): readonly Draft[] => {
      const { service, namespace, health, rows } = one;
      if (!health || health.passing > 0) return [];
      if (isDestination(one, serviceDefaults) !== false) return [];
      const label = serviceLabel(service, namespace);
      const at = {
        endpoint: health.healthEndpoint ?? `/v1/health/service/${encodeURIComponent(wellFormed(service))}`,
        path: '',
      };
      const user = userOf(service, namespace);
      const caller = user ? `, and ${user.proxy} in ${user.cluster} calls it` : '';
      const shown = user ? [upstreamEvidence(user)] : [];
      const common = {
        severity: user ? ('error' as const) : ('warning' as const),
        subject: serviceSubject(service, namespace),
      };
      if (health.instances === 0) {
        return [
          {
            ...common,
            message: `${label} is exported, but no service of that name is registered${caller}`,
            evidence: [evidence(rows[0].at, 'Name', service), evidence(at, '', []), ...shown],
            remediation: () => entryRemediation(one, rowsOf(serviceNames)),
          },
        ];
      }
      const isCalled = isTerminatedAlone(health);
      const allTheSame = isCalled ? '; its terminating gateway calls it all the same' : '';
      return [
        {
          ...common,
          severity: isCalled ? 'warning' : common.severity,
          message: `${label} is exported, but ${health.instances === 1 ? 'its only instance fails' : `all of its ${health.instances} instances fail`} a health check${caller}${allTheSame}`,
          evidence: [
            evidence(rows[0].at, 'Name', service),
            evidence(at, '[*].Checks[*].Status', { instances: health.instances, passing: health.passing }),
            ...shown,
          ],
          remediation: [
            ...endMaintenanceRemediation(health.maintenance, namespace),
            ...failingRemediation(service, namespace),
          ],
        },
      ];
    });
    if (unread) {
      const label = serviceLabel(unread.service, unread.namespace);
      return unknown(`the instances of ${label} were not read`, findings);
    }
    if (undecided) {
      const label = serviceLabel(undecided.service, undecided.namespace);
      return unknown(`${label} has no instance, and service-defaults are not visible`, findings);
    }
    return findings;
  },
});

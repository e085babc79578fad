import type { Remediation } from '../../report/report';
import { defineCheck, type Draft, skip, unknown } from '../define';
import { evidence } from '../evidence';
import { exampleExport, exampleServiceSeen } from '../examples';
import { failingRemedy } from '../failing';
import { consulDocs } from '../links';
import { orDefault, serviceKey, serviceLabel } from '../names';
import { nearest } from '../nearest';
import { noPeering } from '../no-peering';
import { configEntryRemedy } from '../remediation/config-entry';
import { wellFormed } from '../remediation/text';
import { serviceSubject } from '../subjects';
import type { Views } from '../views';
import { bentNames, exportedByName, type NamedExport } from './by-name';
import { withoutService, withServiceRenamed } from './entry';

/** Exports the name that was probably meant, or takes this one out. */
const entryRemedy = (
  { rows, ...service }: NamedExport,
  serviceNames: Views['serviceNames'],
): readonly Remediation[] => {
  const existing = rows[0].entry;
  const local = serviceNames
    .filter(({ namespace }) => orDefault(namespace) === service.namespace)
    .map(({ name }) => name)
    .filter((name) => name !== 'consul' && !name.endsWith('-sidecar-proxy'));
  const near = nearest(service.service, local);
  return configEntryRemedy({
    title: near === undefined ? `Take ${service.service} out, or register it` : `Export ${near} instead`,
    entry:
      near === undefined
        ? withoutService(existing.entry, service)
        : withServiceRenamed(existing.entry, service, near),
    existing,
  });
};

export const exportedServicesExist = defineCheck({
  id: 'exported-services-exist',
  group: 'exported-services',
  title: 'Every service exported by name is registered and has a passing instance',
  severity: 'warning',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/config-entries/exported-services'),
    since: '1.14.0',
  },
  rationale: 'A peer is told the name of a service that has no instances, and calls to it fail.',
  inputs: [
    'exports',
    'exportedHealth',
    'readiness',
    'serviceResolvers',
    'serviceRouters',
    'serviceSplitters',
  ],
  partial: ['exports', 'exportedHealth'],
  optional: ['serviceNames'],
  examples: (() => {
    const rest = {
      exports: [exampleExport()],
      readiness: false,
      serviceResolvers: [],
      serviceRouters: [],
      serviceSplitters: [],
      serviceNames: { seen: 'all', value: [{ name: 'api' }] },
    } as const;
    return {
      pass: { ...rest, exportedHealth: [exampleServiceSeen()] },
      fail: { ...rest, exportedHealth: [exampleServiceSeen({ instances: 0, passing: 0, inMesh: 0 })] },
    };
  })(),
  evaluate({ exports, exportedHealth, readiness, serviceNames, ...bends }) {
    if (readiness) return skip(noPeering);
    const bent = bentNames(bends);
    const named = exportedByName(exports, exportedHealth).filter(
      ({ service, namespace }) => !bent.has(serviceKey(service, namespace)),
    );
    if (named.length === 0) return skip('no service is exported by name');
    const unread = named.find(({ seen }) => seen === undefined);
    const findings = named.flatMap((one): readonly Draft[] => {
      const { service, namespace, seen, rows } = one;
      if (!seen || seen.passing > 0) return [];
      const label = serviceLabel(service, namespace);
      const at = {
        endpoint: seen.healthEndpoint ?? `/v1/health/service/${encodeURIComponent(wellFormed(service))}`,
        path: '',
      };
      const common = { subject: serviceSubject(service, namespace) };
      if (seen.instances === 0) {
        return [
          {
            ...common,
            message: `${label} is exported, and no service of that name is registered`,
            evidence: [evidence(rows[0].at, 'Name', service), evidence(at, '', [])],
            remediation: entryRemedy(one, serviceNames.seen === 'none' ? [] : serviceNames.value),
          },
        ];
      }
      return [
        {
          ...common,
          message: `${label} is exported, and ${seen.instances === 1 ? 'its one instance fails' : `all of its ${seen.instances} instances fail`} a check`,
          evidence: [
            evidence(rows[0].at, 'Name', service),
            evidence(at, '[*].Checks[*].Status', { instances: seen.instances, passing: seen.passing }),
          ],
          remediation: failingRemedy(service, label),
        },
      ];
    });
    return unread
      ? unknown(`the instances of ${serviceLabel(unread.service, unread.namespace)} were not read`, findings)
      : findings;
  },
});

import type { ExportedServices } from '../../consul/wire';
import { defineCheck, skip } from '../define';
import { evidence } from '../evidence';
import { exampleExports } from '../examples/parts';
import { consulDocs } from '../links';
import type { Export } from '../model';
import { serviceLabel } from '../names';
import { configEntryRemediation } from '../remediation/config-entry';
import { serviceSubject } from '../subjects';
import { exportsView } from '../views/exports';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';

/**
 * The service that the servers register themselves as. Consul leaves it out by its exact name, in every namespace.
 * Source: `exportedServicesForPeerTxn` and `resolvedExportedServicesTxn` of Consul 1.20.1.
 */
const reserved = 'consul';

/** A row without a peer names only partitions, so it is not an export to a peer. */
const isReserved = ({ service, consumers, unresolved }: Export) =>
  service === reserved && consumers.length + unresolved.length > 0;

/** Leaves out all of these rows: a fix for one namespace must not bring back that of another. */
const withoutRows = ({ entry }: Export['entry'], rows: readonly Export[]): ExportedServices => {
  const gone = new Set(rows.map(({ index }) => index));
  return { ...entry, Services: entry.Services.filter((_, at) => !gone.has(at)) };
};

/** Kubernetes refuses an `ExportedServices` resource without services; Consul takes the entry. */
const remediationOf = ({ entry, service, namespace }: Export, rows: readonly Export[]) => {
  const rest = withoutRows(
    entry,
    rows.filter((row) => row.entry === entry),
  );
  return configEntryRemediation({
    title: `Remove ${serviceLabel(service, namespace)} from the entry`,
    entry: rest,
    existing: entry,
  }).filter(({ language }) => rest.Services.length > 0 || language !== 'yaml');
};

export const exportedServicesReserved = defineCheck({
  id: 'exported-services-reserved',
  group: 'exported-services',
  title: 'No entry exports the service consul',
  failureTitle: 'An entry exports the service consul, which Consul leaves out',
  severity: 'warning',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/config-entries/exported-services'),
    since: '1.14.0',
  },
  rationale:
    'Consul accepts the entry but never exports its own service consul, so no peer gets it. Consul reports no error.',
  inputs: [hasPeeringsView, exportsView],
  partial: [exportsView],
  examples: {
    pass: {},
    fail: {
      exportedServices: [
        exampleExports([
          { name: 'api', peers: ['west'] },
          { name: reserved, peers: ['west'] },
        ]),
      ],
    },
  },
  evaluate: ({ hasPeerings, exports }) => {
    if (!hasPeerings) return skip(noPeerings);
    if (exports.length === 0) return skip('nothing is exported');
    const rows = exports.filter(isReserved);
    const byNamespace = Map.groupBy(rows, ({ namespace }) => namespace);
    return [...byNamespace].flatMap(([namespace, same]) => {
      return same.slice(0, 1).map((first) => ({
        subject: serviceSubject(reserved, namespace),
        message: `${serviceLabel(reserved, namespace)} is in the exported-services entry, but Consul never exports its own service to a peer`,
        evidence: same.map(({ at, service }) => evidence(at, 'Name', service)),
        remediation: () => remediationOf(first, rows),
      }));
    });
  },
});

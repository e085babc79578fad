import type { ServiceResolver } from '../../consul/wire';
import type { Evidence, Remediation } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { Entry, Snapshot } from '../../snapshot/snapshot';
import { isAffected } from '../consul/version-ranges';
import { evidence } from '../evidence';
import { configEntryRemediation } from '../remediation/config-entry';
import { entriesByService } from '../traffic/discovery-chain';
import { findEntriesInChain } from '../traffic/entries-in-chain';

/** A resolver because of which Consul refuses to export a service to peers. */
export interface ExportBlocker {
  readonly existing: Entry<ServiceResolver>;
  /** Continues the name of the entry: `fails over to another datacenter`. */
  readonly does: string;
  readonly by: 'Redirect' | 'Failover';
}

/** The sections that a discovery chain is read from. */
type ChainSections = Pick<Snapshot['sections'], 'serviceRouters' | 'serviceSplitters' | 'serviceResolvers'>;

/** Versions that refuse targets in other datacenters and redirects to peers too (read in 1.15.10, 1.16.0 and 1.20.1). */
const strict = [['1.16.0']] as const;

type Failover = ServiceResolver['Failover'][string];

/** Takes out of a failover what leads to other datacenters; undefined if nothing is left of it. */
const withinDatacenter = (failover: Failover): Failover | undefined => {
  const targets = failover.Targets.filter(({ Datacenter }) => !Datacenter);
  const isEmpty =
    targets.length === 0 && !failover.Service && !failover.ServiceSubset && !failover.SamenessGroup;
  return isEmpty ? undefined : { ...failover, Datacenters: [], Targets: targets };
};

const withoutFailoverElsewhere = (resolver: ServiceResolver): ServiceResolver => ({
  ...resolver,
  Failover: Object.fromEntries(
    Object.entries(resolver.Failover).flatMap(([subset, failover]) => {
      const left = withinDatacenter(failover);
      return left === undefined ? [] : [[subset, left]];
    }),
  ),
});

const blockerOf = (
  existing: Entry<ServiceResolver>,
  { consulVersion }: Pick<Snapshot['cluster'], 'consulVersion'>,
): ExportBlocker | undefined => {
  const { Redirect, Failover } = existing.entry;
  const isStrict = isAffected(consulVersion, strict);
  if (Redirect?.Datacenter) return { existing, does: 'redirects to another datacenter', by: 'Redirect' };
  if (Redirect?.Peer && isStrict) return { existing, does: 'redirects to a peer', by: 'Redirect' };
  const leaves = Object.values(Failover).some(
    ({ Datacenters, Targets }) =>
      Datacenters.length > 0 || (isStrict && Targets.some(({ Datacenter }) => Datacenter)),
  );
  return leaves ? { existing, does: 'fails over to another datacenter', by: 'Failover' } : undefined;
};

/**
 * Finds what makes Consul refuse the export of a service: a redirect or failover to another datacenter, also to its own by
 * name, in any resolver of its discovery chain (500 "contains cross-datacenter failover", measured on 1.14.11 and 1.20.1).
 */
export const findExportBlockers = (
  sections: ChainSections,
  cluster: Snapshot['cluster'],
  { service, namespace }: { readonly service: string; readonly namespace: string },
): readonly ExportBlocker[] => {
  const { datacenter, partition } = cluster;
  const resolvers = rowsOf(sections.serviceResolvers);
  const { resolvers: inChain } = findEntriesInChain(
    {
      datacenter,
      partition,
      routers: entriesByService(rowsOf(sections.serviceRouters), partition),
      splitters: entriesByService(rowsOf(sections.serviceSplitters), partition),
      resolvers: entriesByService(resolvers, partition),
      groups: undefined,
    },
    { service, namespace },
  );
  return [...entriesByService(resolvers, partition)]
    .filter(([key]) => [...inChain].some((name) => name.toLowerCase() === key.toLowerCase()))
    .flatMap(([, existing]) => blockerOf(existing, cluster) ?? []);
};

/** Continues a message: says what stands in the way of an export; empty if nothing does. */
export const describeBlockers = (service: string, blockers: readonly ExportBlocker[]): string =>
  blockers.length === 0
    ? ''
    : `. Consul refuses to export ${service} while ${blockers.map(({ existing, does }) => `service-resolver ${existing.entry.Name} ${does}`).join(' and ')}`;

export const blockersEvidence = (blockers: readonly ExportBlocker[]): readonly Evidence[] =>
  blockers.map(({ existing, by }) => evidence(existing.at, by, existing.entry[by]));

/**
 * Takes failover to other datacenters out of resolvers, so that the service can be exported. None of them where one
 * redirects: the service is another one then.
 */
export const unblockRemediation = (
  title: string,
  blockers: readonly ExportBlocker[],
): readonly Remediation[] | undefined =>
  blockers.some(({ by }) => by === 'Redirect')
    ? undefined
    : blockers.flatMap(({ existing }) =>
        configEntryRemediation({
          title: `${title}: first end the failover of service-resolver ${existing.entry.Name} to other datacenters`,
          entry: withoutFailoverElsewhere(existing.entry),
          existing,
        }),
      );

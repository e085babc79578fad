import type { Upstream } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { omitUndefined } from '../../omit-undefined';
import type { SidecarInstance } from '../../snapshot/snapshot';
import { configEntryRemediation } from '../remediation/config-entry';
import { sidecarRemediation } from '../remediation/sidecar';
import type { ResolvedUpstream } from '../model';

/** The change that fixes an upstream: new values, or `null` to remove it. */
export interface UpstreamChange {
  readonly upstream: ResolvedUpstream;
  readonly change: Partial<Upstream> | null;
}

/** Maximum instances of a proxy with remediations in a finding; the others are fixed in the same way. */
const maxInstances = 3;

/** Groups rows about the same upstream of instances of a proxy: one finding. `more` separates rows of one upstream. */
export const byUpstream = <T extends ResolvedUpstream>(
  rows: readonly T[],
  more: (row: T) => string = () => '',
): readonly (readonly [T, ...T[]])[] => {
  const groups = new Map<string, [T, ...T[]]>();
  for (const row of rows) {
    const { DestinationType, DestinationName, DestinationPeer, DestinationPartition, Datacenter } =
      row.upstream;
    const key = JSON.stringify([
      row.proxy,
      row.sidecar.partition,
      row.sidecar.namespace,
      DestinationType,
      DestinationName || row.index,
      row.namespace,
      DestinationPeer,
      DestinationPartition,
      Datacenter,
      more(row),
    ]);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
};

/** `web-sidecar-proxy`, or `web-sidecar-proxy on 3 nodes`. */
export const instancesLabel = (rows: readonly [ResolvedUpstream, ...ResolvedUpstream[]]): string => {
  const nodes = new Set(rows.map(({ node }) => node)).size;
  return nodes > 1 ? `${rows[0].proxy} on ${nodes} nodes` : rows[0].proxy;
};

/** Identifies an upstream of a sidecar: Consul refuses two with the same identity. */
const identityOf = (upstream: Upstream): string =>
  JSON.stringify([
    upstream.DestinationType || 'service',
    upstream.DestinationPartition,
    upstream.DestinationNamespace,
    upstream.DestinationPeer,
    upstream.DestinationName,
    upstream.Datacenter,
  ]);

/** A second name for a destination: a sidecar has a destination once, and two upstreams of it have two addresses. */
interface Alias {
  readonly name: string;
  readonly sidecar: SidecarInstance;
  /** The upstream as it would be under the first name. */
  readonly of: Upstream;
}

/** The address at which an application calls an upstream; empty where it has none of its own. */
const boundTo = ({ LocalBindAddress, LocalBindPort, LocalBindSocketPath }: Upstream): string => {
  if (LocalBindSocketPath) return LocalBindSocketPath;
  return LocalBindPort ? `${LocalBindAddress || '127.0.0.1'}:${LocalBindPort}` : '';
};

const aliasName = ({ DestinationName, DestinationPeer, LocalBindPort }: Upstream, index: number): string =>
  [DestinationName, ...(DestinationPeer ? ['at', DestinationPeer] : []), LocalBindPort || index + 1].join(
    '-',
  );

/** The upstream by its second name, which a resolver of this cluster redirects. */
const calledBy = (name: string, upstream: Upstream): Upstream => ({
  ...upstream,
  DestinationName: name,
  DestinationNamespace: '',
  DestinationPartition: '',
  DestinationPeer: '',
  Datacenter: '',
});

/**
 * Changes upstreams. One that would get the identity of another, which Consul would refuse, keeps its address under a
 * second name; without an address of its own it is removed.
 */
const changeUpstreams = (
  sidecar: SidecarInstance,
  allChanges: readonly UpstreamChange[],
): { readonly upstreams: readonly Upstream[]; readonly aliases: readonly Alias[] } => {
  const changes = new Map(
    allChanges
      .filter(({ upstream }) => upstream.sidecar === sidecar)
      .map(({ upstream, change }) => [upstream.index, change]),
  );
  const taken = new Set(sidecar.proxy.Upstreams.filter((_, index) => !changes.has(index)).map(identityOf));
  const aliases: Alias[] = [];
  const upstreams = sidecar.proxy.Upstreams.flatMap((upstream, index) => {
    const change = changes.get(index);
    if (change === undefined) return [upstream];
    if (change === null) return [];
    const fixed = { ...upstream, ...change };
    if (!taken.has(identityOf(fixed))) {
      taken.add(identityOf(fixed));
      return [fixed];
    }
    if (boundTo(fixed) === '' || fixed.DestinationType === 'prepared_query') return [];
    const name = aliasName(fixed, index);
    aliases.push({ name, sidecar, of: fixed });
    return [calledBy(name, fixed)];
  });
  return { upstreams, aliases };
};

/** Writes the resolver that redirects a second name to its destination. */
const aliasRemediation = ({ name, sidecar, of }: Alias): readonly Remediation[] => {
  const at = of.DestinationPeer ? ` at ${of.DestinationPeer}` : '';
  return configEntryRemediation({
    title: `First name ${of.DestinationName}${at} ${name} as well, as a sidecar has a destination once: calls to ${boundTo(of)} go there by that name`,
    entry: Object.assign(
      { Kind: 'service-resolver' as const, Name: name },
      omitUndefined({
        Partition: sidecar.partition || undefined,
        Namespace: sidecar.namespace || undefined,
        Redirect: omitUndefined({
          Service: of.DestinationName,
          Namespace: of.DestinationNamespace || undefined,
          Partition: of.DestinationPartition || undefined,
          Peer: of.DestinationPeer || undefined,
          Datacenter: of.Datacenter || undefined,
        }),
      }),
    ),
  });
};

/**
 * Fixes the upstreams of a finding. A sidecar is registered as a whole, so a snippet contains every change that the
 * check has for it: snippets for two upstreams of one sidecar do not undo each other.
 */
export const upstreamRemediation = (
  title: string,
  rows: readonly ResolvedUpstream[],
  changes: readonly UpstreamChange[],
  enterprise: boolean,
): readonly Remediation[] => {
  const sidecars = [...new Set(rows.map(({ sidecar }) => sidecar))].slice(0, maxInstances);
  const remediations = sidecars.flatMap((sidecar) => {
    const { upstreams, aliases } = changeUpstreams(sidecar, changes);
    return [
      ...aliases.flatMap(aliasRemediation),
      ...sidecarRemediation({ title, sidecar, upstreams, enterprise }),
    ];
  });
  // A shell snippet is run on each node, so it is repeated for each; other snippets are shown once.
  const key = ({ language, title, code }: Remediation): string =>
    language === 'shell' ? title + code : code;
  const keys = remediations.map(key);
  return remediations.filter((one, index) => keys.indexOf(key(one)) === index);
};

import type { Upstream } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import type { SidecarInstance } from '../../snapshot/snapshot';
import { sidecarRemedy } from '../remediation/sidecar';
import type { ResolvedUpstream } from '../views/upstreams';

/** What puts an upstream right: new values, or `null` where it is to be taken out. */
export interface Fix {
  readonly upstream: ResolvedUpstream;
  readonly change: Partial<Upstream> | null;
}

/** Instances of a proxy that a finding gives snippets for; the others are mended in the same way. */
const mostInstances = 3;

/** Rows that say the same of instances of the same proxy: one finding. `more` tells rows of one upstream apart. */
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

/** What Consul tells upstreams of a sidecar apart by: it refuses two that are equal in this. */
const targetOf = (upstream: Upstream): string =>
  JSON.stringify([
    upstream.DestinationType || 'service',
    upstream.DestinationPartition,
    upstream.DestinationNamespace,
    upstream.DestinationPeer,
    upstream.DestinationName,
    upstream.Datacenter,
  ]);

/** An upstream that becomes equal to another by its fix goes: Consul would refuse the registration. */
const mended = (sidecar: SidecarInstance, fixes: readonly Fix[]): readonly Upstream[] => {
  const changes = new Map(
    fixes
      .filter(({ upstream }) => upstream.sidecar === sidecar)
      .map(({ upstream, change }) => [upstream.index, change]),
  );
  const taken = new Set(sidecar.proxy.Upstreams.filter((_, index) => !changes.has(index)).map(targetOf));
  return sidecar.proxy.Upstreams.flatMap((upstream, index) => {
    const change = changes.get(index);
    if (change === undefined) return [upstream];
    if (change === null) return [];
    const fixed = { ...upstream, ...change };
    if (taken.has(targetOf(fixed))) return [];
    taken.add(targetOf(fixed));
    return [fixed];
  });
};

/**
 * What to paste for a finding. A sidecar is registered as a whole, so a snippet holds every fix that the check
 * has for it: snippets for two upstreams of one sidecar do not undo each other.
 */
export const fixUpstream = (
  title: string,
  rows: readonly ResolvedUpstream[],
  fixes: readonly Fix[],
  enterprise: boolean,
): readonly Remediation[] => {
  const sidecars = [...new Set(rows.map(({ sidecar }) => sidecar))].slice(0, mostInstances);
  const remedies = sidecars.flatMap((sidecar) =>
    sidecarRemedy({ title, sidecar, upstreams: mended(sidecar, fixes), enterprise }),
  );
  // The same text for several nodes is pasted at each of them; elsewhere once is enough.
  const key = ({ language, title, code }: Remediation): string =>
    language === 'shell' ? title + code : code;
  const keys = remedies.map(key);
  return remedies.filter((one, index) => keys.indexOf(key(one)) === index);
};

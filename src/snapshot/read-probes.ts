import type { Prober } from '../probe/probe-addresses';
import type { Gathering } from './gathering';
import type { Probe } from './probe-section';
import { listProbeRequests } from './probe-targets';
import { combineSections, notGathered, partial } from './section';
import type { Section } from './snapshot';

/** Probes the addresses that Consul hands out, once the sections that hold them are read. */
export const readProbes = async (
  { sections }: Pick<Gathering, 'sections'>,
  {
    datacenter = '',
    prober,
    signal,
  }: {
    readonly datacenter: string | undefined;
    readonly prober: Prober;
    readonly signal: AbortSignal;
  },
): Promise<Section<readonly Probe[]>> => {
  const [peerings, gateways, importedServices, servers, resolvedExports, exportedServices, caRoots] =
    await Promise.all([
      sections.peerings(),
      sections.gateways(),
      sections.importedServices(),
      sections.servers(),
      sections.resolvedExports(),
      sections.exportedServices(),
      sections.caRoots(),
    ]);
  const agent = await sections.agent();
  const requests = listProbeRequests({
    datacenter: agent.visibility === 'hidden' ? datacenter : agent.value.Config.Datacenter,
    peerings,
    gateways,
    importedServices,
    servers,
    resolvedExports,
    exportedServices,
    caRoots,
  });
  const results = await prober(
    requests.map(({ target }) => target),
    signal,
  );
  const rows = requests.flatMap(({ target: _, ...request }, index): readonly Probe[] => {
    const result = results[index];
    return result === undefined ? [] : [{ ...request, ...result }];
  });
  if (rows.length < requests.length) {
    const { reason } = notGathered(
      `${rows.length} of ${requests.length} addresses were probed: there are limits of number and time`,
    );
    return partial(rows, reason);
  }
  return combineSections(rows, [peerings, gateways, importedServices, servers]);
};

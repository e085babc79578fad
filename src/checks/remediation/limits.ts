import type { ServiceDefaults } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { PathProblem } from '../path-findings';
import { upstreamRemediation } from '../sidecars/upstream-remediation';
import { centralConfig } from '../traffic/central-config';
import {
  limitsOfUpstream,
  optionsWithoutZero,
  type UpstreamLimits,
  withoutZero,
  zeroLimits,
} from '../traffic/upstream-limits';
import type { Views } from '../view';
import { configEntryRemediation } from './config-entry';

type UpstreamConfig = NonNullable<ServiceDefaults['UpstreamConfig']>;

/** Ends the limits of 0 in the one block that holds these limits. */
const freed = <T extends UpstreamConfig['Overrides'][number] | null | undefined>(
  holder: T,
  limits: UpstreamLimits['limits'],
): T => (holder?.['Limits'] === limits ? { ...holder, Limits: withoutZero(limits) } : holder);

const freedEntry = (entry: ServiceDefaults, { limits }: UpstreamLimits): ServiceDefaults => ({
  ...entry,
  UpstreamConfig: entry.UpstreamConfig && {
    ...entry.UpstreamConfig,
    Defaults: freed(entry.UpstreamConfig.Defaults, limits),
    Overrides: entry.UpstreamConfig.Overrides.map((override) => freed(override, limits)),
  },
});

/** Ends the limits of 0 that block the calls of an upstream; nothing for other hops. */
export const limitRemediation = (
  { hop, paths }: PathProblem,
  { read }: Pick<Views, 'read'>,
): readonly Remediation[] => {
  const [path] = paths;
  if (hop.name !== 'upstream' || path?.here !== 'consumer') return [];
  const { upstream } = path;
  const central = centralConfig(rowsOf(read('serviceDefaults')), []);
  const found = limitsOfUpstream(upstream, central.serviceOf(upstream.sidecar));
  const zero = found && zeroLimits(found);
  if (!found || !zero || zero.length === 0) return [];
  const title = `End the limit of 0 (${zero.join(', ')}) of the upstream ${upstream.destination} of ${upstream.proxy}`;
  const { entry } = found;
  if (entry) {
    return configEntryRemediation({ title, entry: freedEntry(entry.entry, found), existing: entry });
  }
  // An upstream that an agent merged in is no part of a registration.
  if (upstream.index < 0) return [];
  const cluster = read('cluster');
  const rows = [...new Set(paths.map((one) => one.upstream))];
  return upstreamRemediation(
    title,
    rows,
    rows.map((row) => ({
      upstream: row,
      change: {
        Config: optionsWithoutZero(row.sidecar.proxy.Upstreams[row.index] ?? row.upstream),
      },
    })),
    cluster.visibility !== 'hidden' && cluster.value.enterprise,
  );
};

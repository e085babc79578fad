import type { ServiceDefaults, ServiceResolver, ServiceRouter } from '../../consul/wire';
import type { PathEnd } from '../../paths/model';
import type { Remediation } from '../../report/report';
import type { PathProblem } from '../path-findings';
import { upstreamRemediation } from '../sidecars/upstream-remediation';
import { type ShortTimeout, shortTimeoutsOfCalls } from '../traffic/short-timeouts';
import type { Views } from '../view';
import { configEntryRemediation } from './config-entry';

/**
 * Says that a change of what sidecars do with the calls that they get shows late: mesh gateways keep connections to them, and these
 * the listener that they were made with (seen with real traffic on 1.20.1).
 */
const restartHint = (
  end: PathEnd,
  { Kind, Name }: ServiceDefaults | ServiceRouter | ServiceResolver,
): string =>
  end === 'destination' && Kind === 'service-defaults'
    ? `; connections of gateways keep it until the sidecars of ${Name} restart`
    : '';

/** Takes short timeouts out of the entries that set them, at one end of a path. */
export const timeoutRemediation = (
  timeouts: readonly ShortTimeout[],
  end: PathEnd,
): readonly Remediation[] => {
  const fixes = new Map(timeouts.flatMap(({ fix }) => (fix ? [[fix.existing, fix.entry] as const] : [])));
  return [...fixes].flatMap(([existing, entry]) =>
    configEntryRemediation({
      title: `Take the short timeout out of ${entry.Kind}/${entry.Name}${restartHint(end, entry)}`,
      entry,
      existing,
    }),
  );
};

const withoutTimeout = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([name]) => name.toLowerCase() !== 'connect_timeout_ms'));

/** Ends timeouts that are too short for the calls of an upstream; nothing for other hops. */
export const callTimeoutRemediation = (
  { hop, paths }: PathProblem,
  { read }: Pick<Views, 'read'>,
): readonly Remediation[] => {
  const [path] = paths;
  if (hop.name !== 'upstream' || !hop.atRisk || path?.here !== 'consumer') return [];
  const found = shortTimeoutsOfCalls({
    serviceDefaults: read('serviceDefaults'),
    serviceRouters: read('serviceRouters'),
  })(path.upstream);
  const cluster = read('cluster');
  const rows = [...new Set(paths.map(({ upstream }) => upstream))];
  const ofRegistration = found.some(({ fix }) => fix === undefined);
  return [
    ...timeoutRemediation(found, 'consumer'),
    ...(ofRegistration
      ? upstreamRemediation(
          `Take connect_timeout_ms out of the upstream ${path.upstream.destination} of ${path.upstream.proxy}`,
          rows,
          rows.map((row) => ({
            upstream: row,
            change: {
              Config: withoutTimeout((row.sidecar.proxy.Upstreams[row.index] ?? row.upstream).Config),
            },
          })),
          cluster.visibility !== 'hidden' && cluster.value.enterprise,
        )
      : []),
  ];
};

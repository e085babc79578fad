import { brokenHop, type Trace, type TraceHop } from '../report/trace';
import { count } from './words';

/** Words of a trace that Slack and the terminal share. Names are not escaped. */

const labels: Readonly<Record<string, string>> = {
  'gateway-mode': 'gateway mode',
  'local-gateway': 'local gateway',
  'remote-gateway': 'mesh gateway',
  'gateway-address': 'address',
  'remote-peering': 'peering',
  tls: 'TLS',
};

/** Names a hop for people. */
export const hopLabel = ({ name }: Pick<TraceHop, 'name'>): string => labels[name] ?? name;

/** Names the other side of a trace: as it is configured, else by the peering. */
export const farLabel = ({ destination }: Trace): string =>
  destination.cluster ?? (destination.peer === null ? '' : `peer ${destination.peer}`);

/** The answer in one clause: `web in prod-west cannot reach api in prod-east`. */
export const traceHeadline = (trace: Trace): string => {
  const { consumer, destination, reachable } = trace;
  const far = farLabel(trace);
  const where = far === '' ? '' : ` ${destination.cluster === null ? 'at' : 'in'} ${far}`;
  const to = `${destination.service}${where}`;
  const from = `${consumer.service} in ${consumer.cluster}`;
  if (reachable === 'unknown') return `${from} → ${to}: not known`;
  return `${from} ${reachable === 'yes' ? 'reaches' : 'cannot reach'} ${to}`;
};

export interface HopGroup {
  readonly cluster: string;
  readonly hops: readonly TraceHop[];
}

/** The hops by cluster, in the order of traffic. */
export const hopGroups = ({ hops }: Trace): readonly HopGroup[] =>
  [...Map.groupBy(hops, ({ cluster }) => cluster)].map(([cluster, all]) => ({ cluster, hops: all }));

/** True where a hop comes after the first broken one, so that traffic never gets there. */
export const isBehind = (trace: Trace, hop: TraceHop): boolean => {
  const broken = brokenHop(trace);
  return broken !== undefined && trace.hops.indexOf(hop) > trace.hops.indexOf(broken);
};

/** The conclusion in one clause: `broken at intention in prod-east`. */
export const traceConclusion = (trace: Trace): string => {
  const broken = brokenHop(trace);
  if (broken) return `broken at ${hopLabel(broken)} in ${broken.cluster}`;
  const unknown = trace.hops.filter(({ status }) => status === 'unknown');
  if (trace.reachable === 'yes') return 'reachable';
  return unknown.length === 0 ? 'not known' : `not known: ${count(unknown.length, 'hop')} not visible`;
};

/** The number of clusters that were read, and of values that the trace rests on. */
export const traceSize = ({ hops, destination }: Trace): string =>
  [
    count(destination.cluster === null ? 1 : 2, 'cluster'),
    count(
      hops.reduce((sum, { evidence }) => sum + evidence.length, 0),
      'fact',
    ),
  ].join(', ');

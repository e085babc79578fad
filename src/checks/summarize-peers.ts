import { parseConsulTime } from '../consul/parse-time';
import { omitUndefined } from '../omit-undefined';
import type { Peering } from '../consul/wire';
import type { PeerSummary, ReportedCall } from '../report/peer-summary';
import { certificateValidity } from './peerings/certificate-validity';
import type { ClusterPath } from './views/paths';

const isoOf = (times: readonly (number | undefined)[]): string | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? new Date(Math.max(...known)).toISOString() : undefined;
};

const countPaths = (paths: readonly ClusterPath[]): PeerSummary['paths'] => {
  const counts = { pass: 0, fail: 0, unknown: 0 };
  for (const { status } of paths) counts[status] += 1;
  return counts;
};

/** Returns the name of the peering, as this cluster calls it, that a path crosses. */
const peeringOf = ({ here, destination, consumerPeer }: ClusterPath): string =>
  here === 'consumer' ? destination.peer : consumerPeer;

/** Maximum calls that are named for one peering. */
const maxCalls = 100;

/** Names the calls of services here, each once. */
const callsIn = (paths: readonly ClusterPath[]): readonly ReportedCall[] | undefined => {
  const calls = paths
    .filter(({ here }) => here === 'consumer')
    .map(({ consumer, called }): ReportedCall => ({ service: consumer.service, destination: called }));
  const distinct = new Map(calls.map((call) => [JSON.stringify(call), call]));
  return distinct.size === 0 ? undefined : [...distinct.values()].slice(0, maxCalls);
};

/** Summarizes each visible peering for headers, lists and metrics. */
export const summarizePeers = (
  peerings: readonly Peering[],
  paths: readonly ClusterPath[],
): readonly PeerSummary[] => {
  const byPeering = Map.groupBy(paths, peeringOf);
  return peerings.map(({ Name, State, StreamStatus, PeerCAPems }) =>
    omitUndefined({
      name: Name,
      state: State,
      lastHeardAt: isoOf([
        parseConsulTime(StreamStatus?.LastHeartbeat),
        parseConsulTime(StreamStatus?.LastReceive),
      ]),
      importedServices: StreamStatus?.ImportedServices.length,
      exportedServices: StreamStatus?.ExportedServices.length,
      caExpiresAt: isoOf(PeerCAPems.map((pem) => certificateValidity(pem)?.toMs)),
      paths: countPaths(byPeering.get(Name) ?? []),
      calls: callsIn(byPeering.get(Name) ?? []),
    }),
  );
};

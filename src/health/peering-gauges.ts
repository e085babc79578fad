import type { Gauge } from 'prom-client';
import type { PeerSummary } from '../report/peer-summary';

/** Consul's states of a peering. */
const peeringStates = [
  'PENDING',
  'ESTABLISHING',
  'ACTIVE',
  'FAILING',
  'TERMINATED',
  'DELETING',
  'UNDEFINED',
] as const;

type CreateGauge = <L extends string>(name: string, help: string, labels: readonly L[]) => Gauge<L>;

/** Creates the gauges for each peering. They show the last check of a whole cluster. */
export const createPeeringGauges = (gauge: CreateGauge) => {
  const labels = ['cluster', 'peer'] as const;
  const state = gauge('peering_state', '1 for the state of a peering at the last check, 0 for the others.', [
    ...labels,
    'state',
  ]);
  const heartbeatAge = gauge(
    'peering_heartbeat_age_seconds',
    'Seconds between the last heartbeat of the other side and the last check.',
    labels,
  );
  const imported = gauge('peering_imported_services', 'Services that are imported over a peering.', labels);
  const exported = gauge('peering_exported_services', 'Services that are exported over a peering.', labels);
  const caExpiry = gauge(
    'peering_ca_expiry_timestamp_seconds',
    'Expiry of the last CA certificate of a peer, in seconds since the epoch.',
    labels,
  );
  const paths = gauge('peering_paths', 'Paths between services over a peering, by state.', [
    ...labels,
    'state',
  ]);

  /** Shows a peering of the check that began at `atMs`. A value that is not known is left out. */
  const show = (cluster: string, peer: PeerSummary, atMs: number): void => {
    const own = { cluster, peer: peer.name };
    for (const each of peeringStates) state.set({ ...own, state: each }, each === peer.state ? 1 : 0);
    const { lastHeardAt, importedServices, exportedServices, caExpiresAt } = peer;
    // The two clocks may differ a little: an age is never negative.
    if (lastHeardAt) heartbeatAge.set(own, Math.max(0, atMs - Date.parse(lastHeardAt)) / 1000);
    if (importedServices !== undefined) imported.set(own, importedServices);
    if (exportedServices !== undefined) exported.set(own, exportedServices);
    if (caExpiresAt) caExpiry.set(own, Date.parse(caExpiresAt) / 1000);
    for (const [name, count] of Object.entries(peer.paths ?? {})) paths.set({ ...own, state: name }, count);
  };

  const reset = (): void => {
    for (const each of [state, heartbeatAge, imported, exported, caExpiry, paths]) each.reset();
  };
  return { show, reset };
};

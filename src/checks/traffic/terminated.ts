import type { ExportedServiceHealth } from '../../snapshot/snapshot';

/**
 * Tells that calls of a service reach it by terminating gateways alone. They call its instances also if all of them fail their
 * health checks, as Envoy does where less than half of the endpoints are healthy (seen with real traffic on 1.20.1).
 */
export const isTerminatedAlone = ({ inMesh, terminatedRows = 0 }: ExportedServiceHealth): boolean =>
  terminatedRows > 0 && terminatedRows === inMesh;

/** Tells that a service has sidecars, beside instances without one and those behind terminating gateways. */
export const hasSidecars = ({ inMesh, native, terminatedRows = 0 }: ExportedServiceHealth): boolean =>
  inMesh > native + terminatedRows;

import type { Peering } from '../consul/wire';
import type { Evidence, Json } from '../report/report';
import type { At } from '../snapshot/snapshot';
import { wellFormed } from './remediation/text';

/** JSON-safe: what JSON would leave out (undefined) becomes `null`, so that absence can be shown. */
const toJson = (value: unknown): Json => (value === undefined ? null : JSON.parse(JSON.stringify(value)));

/** Evidence for a value read below a place: the path is appended to where the row itself was read. */
export const evidence = (at: At, path: string, value: unknown): Evidence => ({
  endpoint: at.endpoint,
  path: at.path && path ? `${at.path}${path.startsWith('[') ? '' : '.'}${path}` : at.path || path,
  value: toJson(value),
});

/** Where one peering can be read again. */
export const peeringAt = (peering: Pick<Peering, 'Name'>): At => ({
  endpoint: `/v1/peering/${encodeURIComponent(wellFormed(peering.Name))}`,
  path: '',
});

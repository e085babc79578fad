import type { Peering } from '../consul/wire';
import type { Evidence, Json } from '../report/report';
import type { SourceLocation } from '../snapshot/snapshot';
import { wellFormed } from './remediation/text';

/** Maximum characters of a value; of a larger one, such as a whole config entry, only the beginning is shown. */
const maxValue = 16_384;

/** Makes a value JSON-safe: `undefined`, which JSON would leave out, becomes `null`, so that absence is shown. */
const toJson = (value: unknown): Json => {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  if (text.length <= maxValue) return JSON.parse(text) as Json;
  return `${text.slice(0, maxValue)}… (${text.length} characters)`;
};

/** Returns evidence for a value below a row: the path is appended to the location of the row. */
export const evidence = (at: SourceLocation, path: string, value: unknown): Evidence => ({
  endpoint: at.endpoint,
  path: at.path && path ? `${at.path}${path.startsWith('[') ? '' : '.'}${path}` : at.path || path,
  value: toJson(value),
});

/** Locates a peering. */
export const peeringAt = (peering: Pick<Peering, 'Name'>): SourceLocation => ({
  endpoint: `/v1/peering/${encodeURIComponent(wellFormed(peering.Name))}`,
  path: '',
});

/**
 * Parses a date or a time in ISO 8601 to ms since the epoch; undefined if there is no such day. `Date.parse` alone takes
 * 31 February for 3 March.
 */
export const parseIsoTime = (text: string): number | undefined => {
  const [day = ''] = text.split('T');
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (!Number.isFinite(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  const ms = Date.parse(text);
  return Number.isFinite(ms) ? ms : undefined;
};

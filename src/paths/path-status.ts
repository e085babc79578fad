import type { Hop, HopStatus } from './model';

/** Returns the status of a path with these hops. */
export const pathStatus = (evaluated: readonly Hop[]): HopStatus => {
  const statuses = new Set(evaluated.map(({ status }) => status));
  if (statuses.has('fail')) return 'fail';
  return statuses.has('unknown') ? 'unknown' : 'pass';
};

import type { Snapshot } from './snapshot';

/**
 * The text of a snapshot file. A snapshot holds no secrets to begin with: they were taken out where it was made,
 * so that reports and messages made from it have none either.
 */
export const saveSnapshot = (snapshot: Snapshot): string => `${JSON.stringify(snapshot, null, 2)}\n`;

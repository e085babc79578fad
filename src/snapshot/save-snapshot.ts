import type { Snapshot } from './snapshot';

/**
 * Returns the text of a snapshot file. It holds no secrets: they are withheld where a snapshot is made, so that reports
 * and messages made from it have none either.
 */
export const saveSnapshot = (snapshot: Snapshot): string => `${JSON.stringify(snapshot, null, 2)}\n`;

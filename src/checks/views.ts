import type { Sections } from '../snapshot/snapshot';

/** What checks may read: every section of the snapshot, and what is derived from them. */
export type Views = Sections;

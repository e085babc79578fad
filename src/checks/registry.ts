import type { AnyCheck } from './define';

/**
 * Every check there is, by group, and inside a group in the order of the requirement catalogue. Nothing is
 * found by itself: a check that is not listed here does not run, and a test compares the list with the files.
 */
export const registry: readonly AnyCheck[] = [];

import type { DigestFacts } from './notices.message';
import type { Definition } from './definitions.store';
import { nextTimes } from '../../config/when';

const announced = 3;

/** Returns the definition of a digest with its next times after `nowMs` (ms since the epoch). */
export const factsOf = (
  definition: Omit<Definition, 'clusters'> & { readonly clusters: readonly string[] },
  nowMs: number,
): DigestFacts => ({
  ...definition,
  next:
    definition.paused === null
      ? (nextTimes(definition.when, nowMs, announced) ?? []).map((at) => new Date(at).toISOString())
      : [],
});

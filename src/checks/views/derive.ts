import type { Section, Unseen } from '../../snapshot/snapshot';
import type { Views, ViewSections } from '../views';

/**
 * The value of a view that helps but is not needed. Where it is not seen whole, the view that looks becomes
 * `part`, since what it says could then be missing something. What this Consul does not have misses nothing.
 */
export type Look = <K extends keyof Views>(name: K) => Views[K] | undefined;

/**
 * A view computed from others. It is unseen where one that it needs is unseen, and seen in part where one that
 * it needs or looks at is seen in part; the first reason is carried along.
 */
export const derive = <I extends keyof Views, T>(
  views: ViewSections,
  needs: readonly I[],
  compute: (values: Pick<Views, I>, look: Look) => T,
): Section<T> => {
  let missing: Unseen | undefined;
  const values: Partial<Pick<Views, I>> = {};
  for (const name of needs) {
    const section: Section<Views[I]> = views[name];
    if (section.seen === 'none') return { seen: 'none', missing: section.missing };
    if (section.seen === 'part') missing ??= section.missing;
    values[name] = section.value;
  }
  const look: Look = (name) => {
    const section = views[name];
    if (section.seen !== 'all' && section.missing.kind !== 'unsupported') missing ??= section.missing;
    return section.seen === 'none' ? undefined : section.value;
  };
  const value = compute(values as Pick<Views, I>, look);
  return missing ? { seen: 'part', value, missing } : { seen: 'all', value };
};

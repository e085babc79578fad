import type { Fact, InstanceCount } from '../../paths/model';
import type { Evidence } from '../../report/report';
import type { Section } from '../../snapshot/snapshot';
import { reasonOf } from '../reason';

export const visibleFact = <T>(value: T, evidence: readonly Evidence[] = []): Fact<T> => ({
  visible: true,
  value,
  evidence,
});

export const hiddenFact = (why: string): { readonly visible: false; readonly why: string } => ({
  visible: false,
  why,
});

/** Says why a section is not visible, or not all of it; undefined where all of it is. */
export const missingWords = (section: Section<unknown>): string | undefined =>
  section.visibility === 'visible' ? undefined : reasonOf(section.reason);

/**
 * Counts instances by their critical checks. Undefined where no instance is known to be healthy, and the checks of
 * some were not read.
 */
export const countInstances = (
  instances: readonly { readonly failing?: readonly string[] | undefined }[],
): InstanceCount | undefined => {
  const healthy = instances.filter(({ failing }) => failing?.length === 0).length;
  if (healthy === 0 && instances.some(({ failing }) => failing === undefined)) return undefined;
  return {
    total: instances.length,
    healthy,
    failing: healthy === 0 ? [...new Set(instances.flatMap(({ failing = [] }) => failing))] : [],
  };
};

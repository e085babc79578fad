import type { CheckResult, Remediation } from '../report/report';
import { entryWrittenBy } from './remediation/config-entry';
import { serviceRegisteredBy } from './remediation/registration';

/** Maximum things named in a note. */
const maxNamed = 3;

const writtenBy = (fix: Remediation): string | undefined => entryWrittenBy(fix) ?? serviceRegisteredBy(fix);

/**
 * Says which things several fixes write as a whole, each from what was read: the second would undo the first, or Consul
 * refuses it. Findings that follow from others show no fix.
 */
export const fixConflicts = (results: readonly CheckResult[]): readonly string[] => {
  const codes = new Map<string, Set<string>>();
  for (const { findings } of results) {
    for (const { causedBy, remediation } of findings) {
      if (causedBy !== undefined) continue;
      // One finding may offer several ways to write one thing.
      const own = new Map(
        remediation.flatMap((fix) => {
          const written = writtenBy(fix);
          return written === undefined ? [] : [[written, fix.code] as const];
        }),
      );
      for (const [written, code] of own) codes.set(written, (codes.get(written) ?? new Set()).add(code));
    }
  }
  const found = [...codes].filter(([, different]) => different.size > 1).map(([written]) => written);
  if (found.length === 0) return [];
  const more = found.length > maxNamed ? ` and ${found.length - maxNamed} more` : '';
  return [
    `several fixes change ${found.slice(0, maxNamed).join(', ')}${more}: apply one of them, then check again`,
  ];
};

import type { ClusterState } from '../../report/cluster-state';
import type { Finding, Remediation, Report, StateChange } from '../../report/report';
import { isOwnInput, isReadBy } from './checks-reading';
import { putBackRemediation } from './put-back';

/** Maximum changes that one finding shows. */
const maxShown = 5;
/** Maximum findings of a report that get changes. */
const maxFindings = 50;
/** Maximum characters of the changes of one report, as JSON. */
const maxCharacters = 64 * 1024;
/** Maximum characters of the fixes of one report that put entries back. */
const maxFixes = 64 * 1024;

/** Splits names into the words that findings and changes share. */
const wordsIn = (text: string): readonly string[] =>
  text.split(/[^\p{L}\p{N}_.:-]+/u).filter((word) => word.length > 1);

/** Fields that say where a name counts: findings of all kinds name a peer. */
const isElsewhere = /(?:^|\.)(?:Peer|SamenessGroup|Partition|Namespace|Datacenter)$/;

/** The names in a change: of its subject, of the items on its path, and its values. */
const namesIn = ({ subject, field, from, to }: StateChange): ReadonlySet<string> =>
  new Set([
    ...wordsIn(subject.name),
    ...[...field.matchAll(/\[([^\]]*)\]/g)]
      .flatMap(([, name = '']) => wordsIn(name))
      .filter((word) => !/^\d+$/.test(word)),
    ...(isElsewhere.test(field) ? [] : [from, to]).flatMap((value) =>
      typeof value === 'string' ? wordsIn(value) : [],
    ),
  ]);

/** Words that are in nearly every name. */
const common: ReadonlySet<string> = new Set([
  'default',
  'global',
  'settings',
  'all',
  'active',
  'services',
  'on',
  'at',
  'of',
]);

/** The gateway services that a subject stands for: it may be one instance, or several services. */
const gatewaysIn = (name: string): readonly string[] =>
  name.split(', ').map((one) => one.split(' on ')[0] ?? one);

const isSameThing = (check: string, finding: Finding, { subject, section }: StateChange): boolean => {
  const { kind, name } = finding.subject;
  if (name === subject.name) return true;
  if (kind === 'cluster' && isOwnInput(check, section)) return true;
  if (kind !== subject.kind) return false;
  if (kind === 'mesh-gateway' && !(name.includes(' on ') && subject.name.includes(' on ')))
    return gatewaysIn(name).some((one) => gatewaysIn(subject.name).includes(one));
  return name.split(' → ').includes(subject.name);
};

/**
 * Says how closely a change and a finding are related: 2 if they are about one thing, or the evidence is from the answer
 * that changed; 1 if the finding breaks paths and they share names; 0 otherwise.
 */
const closeness = (check: string, finding: Finding, change: StateChange): number => {
  const { subject, position, indexes } = change;
  const sameSide = change.cluster === undefined;
  if (sameSide && isSameThing(check, finding, change)) return 2;
  const answer = `/v1/config/${subject.kind}`;
  const fromAnswer =
    indexes !== undefined &&
    finding.evidence.some(({ endpoint, path }) => {
      const [read] = endpoint.split('?');
      if (read === `${answer}/${subject.name}`) return true;
      return read === answer && (position === undefined || !sameSide || path.startsWith(`[${position}]`));
    });
  if (fromAnswer) return 2;
  // Names alone say little: a peer's name is in many entries.
  if ((finding.paths ?? []).length === 0) return 0;
  const told = new Set(wordsIn(`${finding.subject.name} ${finding.message}`));
  return [...namesIn(change)].some((name) => !common.has(name) && told.has(name)) ? 1 : 0;
};

interface Related {
  readonly change: StateChange;
  readonly near: number;
}

/** Returns the changes that a finding of a check may be due to, the closest first. */
const changesBehind = (
  check: string,
  finding: Finding,
  changes: readonly StateChange[],
): readonly Related[] =>
  changes
    .filter((change) => isReadBy(check, change))
    .map((change) => ({ change, near: closeness(check, finding, change) }))
    .filter(({ near }) => near > 0)
    .sort((a, b) => b.near - a.near);

/** The last run without a finding. */
export interface RunBefore {
  readonly run: string;
  /** When it began (ISO 8601). */
  readonly at: string;
  readonly state: ClusterState;
  readonly changes: readonly StateChange[];
}

/** A finding, and what changed since the last run without it. */
interface Explained {
  readonly finding: Finding;
  readonly before: RunBefore;
  readonly shown: readonly Related[];
  readonly more: number;
}

const explain = (
  report: Report,
  runBefore: (check: string, finding: Finding) => RunBefore | undefined,
): readonly Explained[] => {
  const explained: Explained[] = [];
  let room = maxCharacters;
  for (const { id, findings } of report.results) {
    for (const finding of findings) {
      const before = explained.length < maxFindings ? runBefore(id, finding) : undefined;
      if (before === undefined) continue;
      const found = changesBehind(id, finding, before.changes);
      const shown = found.slice(0, maxShown).filter(({ change }) => {
        const characters = JSON.stringify(change).length;
        if (characters > room) return false;
        room -= characters;
        return true;
      });
      explained.push({ finding, before, shown, more: found.length - shown.length });
    }
  }
  return explained;
};

/**
 * Writes the fix of each entry once: for the finding that is closest to the change. A finding that follows from another one
 * shows no fixes.
 */
const writeFixes = (
  explained: readonly Explained[],
  after: ClusterState,
): ReadonlyMap<Finding, readonly Remediation[]> => {
  const fixes = new Map<Finding, readonly Remediation[]>();
  const done = new Set<string>();
  let room = maxFixes;
  for (const level of [2, 1]) {
    for (const { finding, before, shown } of explained.filter((one) => one.finding.causedBy === undefined)) {
      for (const { change } of shown.filter(({ near }) => near === level)) {
        const key = JSON.stringify([change.cluster, change.subject]);
        if (done.has(key)) continue;
        const written = putBackRemediation(change, before.state, after);
        const characters = written.reduce((sum, { code }) => sum + code.length, 0);
        if (written.length === 0 || characters > room) continue;
        room -= characters;
        done.add(key);
        fixes.set(finding, [...(fixes.get(finding) ?? []), ...written]);
      }
    }
  }
  return fixes;
};

/**
 * Adds to findings what changed since the last run without them, and once for each config entry the fix that puts it back.
 *
 * @param runBefore returns the last run without a finding, if one is stored
 */
export const attachChanges = (
  report: Report,
  after: ClusterState,
  runBefore: (check: string, finding: Finding) => RunBefore | undefined,
): Report => {
  const explained = explain(report, runBefore);
  const fixes = writeFixes(explained, after);
  const changed = new Map(
    explained.map(({ finding, before, shown, more }): [Finding, Finding] => [
      finding,
      {
        ...finding,
        changed: { run: before.run, since: before.at, changes: shown.map(({ change }) => change), more },
        remediation: [...finding.remediation, ...(fixes.get(finding) ?? [])],
      },
    ]),
  );
  return {
    ...report,
    results: report.results.map((result) => ({
      ...result,
      findings: result.findings.map((finding) => changed.get(finding) ?? finding),
    })),
  };
};

import {
  bySeverity,
  type Finding,
  type Report,
  type Result,
  summarize,
  verdictOf,
  worstSeverity,
} from '../report/report';
import type { Section, Snapshot, Unseen } from '../snapshot/snapshot';
import type { AnyCheck, Draft, Outcome } from './define';
import { reasonOf } from './reason';
import { registry } from './registry';
import { type ViewOptions, type Views, type ViewSections, viewsOf } from './views';

export interface RunOptions extends ViewOptions {
  /** The checks to run, in the order of their results; all of the registry unless told otherwise. */
  readonly checks?: readonly AnyCheck[] | undefined;
  /** Hears of a check that threw, which is a bug in it: its result is `unknown`, and the others run on. */
  readonly onBug?: ((id: string, error: unknown) => void) | undefined;
}

interface Judged {
  readonly result: Result;
  readonly note: string | undefined;
}

const toFinding = (check: AnyCheck, draft: Draft): Finding => ({
  ...draft,
  severity: draft.severity ?? check.severity,
  docs: draft.docs ?? check.requirement.docs,
});

/** What the check reads, and why some of it is not there: `blind` where it cannot be judged at all. */
const readsOf = (check: AnyCheck, views: ViewSections) => {
  const reads: Partial<Record<keyof Views, unknown>> = {};
  let missing: Unseen | undefined;
  let blind: Unseen | undefined;
  for (const name of check.inputs) {
    const section: Section<unknown> = views[name];
    if (section.seen !== 'none') reads[name] = section.value;
    if (section.seen === 'all') continue;
    if (section.seen === 'part' && check.partial?.includes(name)) missing ??= section.missing;
    else blind ??= section.missing;
  }
  for (const name of check.optional ?? []) reads[name] = views[name];
  return { reads: reads as Parameters<AnyCheck['evaluate']>[0], missing, blind };
};

/**
 * Errors that were seen stand, whatever else was not. Nothing else is decided while something that could
 * decide it is missing: neither a pass, nor that the requirement does not apply.
 */
const judge = (check: AnyCheck, outcome: Outcome, missing: Unseen | undefined): Judged => {
  const { id, group, title } = check;
  const unseen = missing && reasonOf(missing);
  const result = (part: Pick<Result, 'status'> & Partial<Result>): Result => ({
    id,
    group,
    title,
    severity: check.severity,
    reason: '',
    findings: [],
    ...part,
  });

  if ('skip' in outcome) {
    return unseen !== undefined
      ? { result: result({ status: 'unknown', reason: unseen }), note: undefined }
      : { result: result({ status: 'skip', reason: outcome.skip }), note: outcome.note };
  }
  const drafts = 'unknown' in outcome ? (outcome.findings ?? []) : outcome;
  const reason = 'unknown' in outcome ? outcome.unknown : unseen;
  const findings = drafts
    .map((draft) => toFinding(check, draft))
    .sort((a, b) => bySeverity(a.severity, b.severity));
  const severity = worstSeverity(findings, check.severity);
  const failed = findings.length > 0 && (severity !== 'info' || check.severity === 'info');

  if (reason !== undefined && !(failed && severity === 'error')) {
    return { result: result({ status: 'unknown', reason, findings }), note: undefined };
  }
  return {
    result: result({ status: failed ? 'fail' : 'pass', severity, reason: reason ?? '', findings }),
    note: undefined,
  };
};

const run = (check: AnyCheck, views: ViewSections, onBug: RunOptions['onBug']): Judged => {
  try {
    const { reads, missing, blind } = readsOf(check, views);
    if (blind) return judge(check, { unknown: reasonOf(blind) }, undefined);
    return judge(check, check.evaluate(reads), missing);
  } catch (error) {
    onBug?.(check.id, error);
    return judge(check, { unknown: 'the check itself failed, which is a defect of peering-bot' }, undefined);
  }
};

/** What the verdict's line says of a run narrowed to a peer that is not there. */
const peerNote = (peer: string | undefined, { peerNames }: ViewSections): readonly string[] => {
  if (peer === undefined || peerNames.seen !== 'all' || peerNames.value.includes(peer)) return [];
  const names = peerNames.value.join(', ');
  return [`no peering is named ${peer}; ${names ? `there are ${names}` : 'there is none at all'}`];
};

/**
 * Runs checks over a snapshot. Pure: the same snapshot gives the same report, whether it was just gathered or
 * loaded from a file. Never throws over what a cluster or a check did.
 */
export const runChecks = (snapshot: Snapshot, options: RunOptions = {}): Report => {
  const { peer, checks = registry, onBug } = options;
  const views = viewsOf(snapshot, { peer });
  const judged = checks.map((check) => run(check, views, onBug));
  const results = judged.map(({ result }) => result);
  const { peerings } = views;
  return {
    schemaVersion: 1,
    cluster: {
      name: snapshot.cluster.name,
      datacenter: snapshot.cluster.datacenter,
      consulVersion: snapshot.cluster.consulVersion,
    },
    peer: peer ?? null,
    startedAt: snapshot.takenAt,
    durationMs: snapshot.durationMs,
    verdict: verdictOf(results),
    summary: summarize(results),
    peers:
      peerings.seen === 'none'
        ? []
        : peerings.value.list.map(({ Name, State }) => ({ name: Name, state: State })),
    notes: [...new Set([...peerNote(peer, views), ...judged.flatMap(({ note }) => note ?? [])])],
    results,
  };
};

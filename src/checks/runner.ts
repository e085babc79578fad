import { attributeCauses } from './causes';
import {
  bySeverity,
  type Finding,
  type Remediation,
  type Report,
  type CheckResult,
  summarize,
  verdictOf,
  worstSeverity,
} from '../report/report';
import { rowsOf } from '../snapshot/section';
import type { Section, Snapshot, HiddenReason } from '../snapshot/snapshot';
import type { AnyCheck, CheckOutcome, Draft } from './define';
import {
  consumerRemediation,
  darkPathsNote,
  type PathProblem,
  pathProblems,
  withPaths,
} from './path-findings';
import { reasonOf } from './reason';
import { agreementRemediation } from './remediation/agreement';
import { registry } from './registry';
import { summarizePeers } from './summarize-peers';
import { inputName, openSnapshot, type ViewOptions, type Views } from './view';
import { type ClusterPath, pathsView } from './views/paths';

export interface RunOptions extends ViewOptions {
  /** The checks to run, in the order of their results; by default the whole registry. */
  readonly checks?: readonly AnyCheck[] | undefined;
  /** Called for a check that throws, which is a bug in it: its result is `unknown`, and the other checks run. */
  readonly onBug?: ((id: string, error: unknown) => void) | undefined;
}

interface Evaluated {
  readonly result: CheckResult;
  readonly note?: string | undefined;
}

const toFinding = (check: AnyCheck, draft: Draft): Finding => ({
  ...draft,
  severity: draft.severity ?? check.severity,
  docs: draft.docs ?? check.requirement.docs,
});

/** Reads the inputs of a check. `hidden` is set where it cannot be evaluated, `missing` where rows are missing. */
const readInputs = (check: AnyCheck, views: Views) => {
  const values: Record<string, unknown> = {};
  let missing: HiddenReason | undefined;
  let hidden: HiddenReason | undefined;
  for (const input of check.inputs) {
    const section: Section<unknown> = views.read(input);
    if (section.visibility !== 'hidden') values[inputName(input)] = section.value;
    if (section.visibility === 'visible') continue;
    if (section.visibility === 'partial' && check.partial?.includes(input)) missing ??= section.reason;
    else hidden ??= section.reason;
  }
  for (const input of check.optional ?? []) values[inputName(input)] = views.read(input);
  return { values: values as never, missing, hidden };
};

/**
 * Turns an outcome into a result. Errors that were found stand, whatever else is hidden. Nothing else is decided
 * while something that could decide it is missing: neither a pass, nor that the requirement does not apply.
 */
const toResult = (check: AnyCheck, outcome: CheckOutcome, missing?: HiddenReason): Evaluated => {
  const { id, group, title } = check;
  const hiddenReason = missing && reasonOf(missing);
  const result = (part: Pick<CheckResult, 'status'> & Partial<CheckResult>): CheckResult => ({
    id,
    group,
    title,
    severity: check.severity,
    reason: '',
    findings: [],
    ...part,
  });

  if ('skip' in outcome) {
    return hiddenReason !== undefined
      ? { result: result({ status: 'unknown', reason: hiddenReason }) }
      : { result: result({ status: 'skip', reason: outcome.skip }), note: outcome.note };
  }
  const drafts = 'unknown' in outcome ? (outcome.findings ?? []) : outcome;
  const reason = 'unknown' in outcome ? outcome.unknown : hiddenReason;
  const findings = drafts
    .map((draft) => toFinding(check, draft))
    .sort((a, b) => bySeverity(a.severity, b.severity));
  const severity = worstSeverity(findings, check.severity);
  const failed = findings.length > 0 && (severity !== 'info' || check.severity === 'info');

  if (reason !== undefined && !(failed && severity === 'error')) {
    return { result: result({ status: 'unknown', reason, findings }) };
  }
  return { result: result({ status: failed ? 'fail' : 'pass', severity, reason: reason ?? '', findings }) };
};

/** Adds the paths that end at a check to its outcome. */
type AddPaths = (check: AnyCheck, outcome: CheckOutcome) => CheckOutcome;

const runCheck = (
  check: AnyCheck,
  views: Views,
  onBug: RunOptions['onBug'],
  addPaths: AddPaths = (_, outcome) => outcome,
): Evaluated => {
  try {
    const { values, missing, hidden } = readInputs(check, views);
    if (hidden) return toResult(check, addPaths(check, { unknown: reasonOf(hidden) }));
    return toResult(check, addPaths(check, check.evaluate(values)), missing);
  } catch (error) {
    onBug?.(check.id, error);
    return toResult(check, {
      unknown: 'the check failed with an internal error, which is a bug in peering-bot',
    });
  }
};

/** Returns the fixes that the check of the other side gives for what is wrong there, as far as it was read. */
const farRemediation = (
  { hop, paths: [path] }: PathProblem,
  views: Views,
  checks: readonly AnyCheck[],
): readonly Remediation[] => {
  const far = rowsOf(views.read('otherSides')).find(({ peer }) => peer === path?.destination.peer);
  const check = checks.find(({ id }) => id === hop.check.destination);
  if (path?.here !== 'consumer' || hop.end !== 'destination' || !check) return [];
  if (far?.snapshot.visibility !== 'visible') return [];
  const { result } = runCheck(check, openSnapshot(far.snapshot.value), undefined);
  return result.findings
    .flatMap(({ remediation }) => remediation)
    .map((one) => ({ ...one, title: `In ${far.cluster}: ${one.title}` }));
};

/** Returns the fixes for two sides that differ, as far as both were read. */
const agreementFixes = (problem: PathProblem, views: Views): readonly Remediation[] => {
  const [path] = problem.paths;
  const far = rowsOf(views.read('otherSides')).find(
    ({ peer }) => peer === (path?.here === 'consumer' ? path.destination.peer : path?.consumerPeer),
  );
  if (far?.snapshot.visibility !== 'visible') return [];
  const [own, other] = [
    { read: views.read, prefix: '' },
    { read: openSnapshot(far.snapshot.value).read, prefix: `In ${far.cluster}: ` },
  ];
  return agreementRemediation(
    problem,
    path?.here === 'consumer' ? { consumer: own, destination: other } : { consumer: other, destination: own },
  );
};

/** Returns the paths; none where their view throws, which is a bug in it. */
const readPaths = (views: Views, onBug: RunOptions['onBug']): readonly ClusterPath[] => {
  try {
    return rowsOf(views.read(pathsView));
  } catch (error) {
    onBug?.('paths', error);
    return [];
  }
};

const addPathsOf = (paths: readonly ClusterPath[], views: Views, checks: readonly AnyCheck[]): AddPaths => {
  const problems = pathProblems(paths);
  return (check, outcome) =>
    withPaths(check, outcome, problems.get(check.id) ?? [], (problem) => [
      ...consumerRemediation(problem),
      ...agreementFixes(problem, views),
      ...farRemediation(problem, views, checks),
    ]);
};

/** Says in the line of the verdict that the peer asked for does not exist. */
const peerNote = (peer: string | undefined, peerNames: Section<readonly string[]>): readonly string[] => {
  if (peer === undefined || peerNames.visibility !== 'visible' || peerNames.value.includes(peer)) return [];
  const names = peerNames.value.join(', ');
  return [
    `no peering is named ${peer}; ${names ? `the peerings are ${names}` : 'this cluster has no peerings'}`,
  ];
};

/**
 * Runs checks over a snapshot. Pure: the same snapshot gives the same report, whether it was just gathered or
 * loaded from a file. Never throws because of a cluster or a check.
 */
export const runChecks = (snapshot: Snapshot, options: RunOptions = {}): Report => {
  const { peer, checks = registry, onBug } = options;
  const views = openSnapshot(snapshot, { peer });
  const paths = readPaths(views, onBug);
  const addPaths = addPathsOf(paths, views, checks);
  const evaluated = checks.map((check) => runCheck(check, views, onBug, addPaths));
  const results = attributeCauses(evaluated.map(({ result }) => result));
  const peerings = views.read('peerings');
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
    peers: peerings.visibility === 'hidden' ? [] : summarizePeers(peerings.value.list, paths),
    notes: [
      ...new Set([
        ...peerNote(peer, views.read('peerNames')),
        ...evaluated.flatMap(({ note }) => note ?? []),
        ...darkPathsNote(paths),
      ]),
    ],
    results,
  };
};

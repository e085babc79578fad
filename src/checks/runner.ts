import { omitUndefined } from '../omit-undefined';
import { attributeCauses } from './causes';
import { type Remediation, type Report, summarize, verdictOf } from '../report/report';
import { destinationLabel } from '../paths/words';
import { rowsOf } from '../snapshot/section';
import type { Section, Sections, Snapshot } from '../snapshot/snapshot';
import type { AnyCheck } from './define';
import { type AddPaths, evaluateCheck } from './evaluate-check';
import {
  consumerRemediation,
  unreadPathsNote,
  type PathProblem,
  pathProblems,
  unseenHops,
  withPaths,
  withUnseen,
} from './path-findings';
import { fixConflicts } from './fix-conflicts';
import { createFixWriter } from './limit-fixes';
import { agreementRemediation } from './remediation/agreement';
import { limitRemediation } from './remediation/limits';
import { callTimeoutRemediation } from './remediation/short-timeouts';
import { registry } from './registry';
import { summarizePeers } from './summarize-peers';
import { openSnapshot, type ViewOptions, type Views } from './view';
import { limitedCallsView } from './views/limited-calls';
import { type ClusterPath, pathsView } from './views/paths';

export interface RunOptions extends ViewOptions {
  /** The checks to run, in the order of their results; by default the whole registry. */
  readonly checks?: readonly AnyCheck[] | undefined;
  /** Called for a check that throws, which is a bug in it: its result is `unknown`, and the other checks run. */
  readonly onBug?: ((id: string, error: unknown) => void) | undefined;
}

/** Returns the fixes that the check of the other side gives for what is wrong there, as far as it was read. */
const farRemediation = (
  { hop, paths: [path] }: PathProblem,
  views: Views,
  checks: readonly AnyCheck[],
): readonly Remediation[] => {
  const far = rowsOf(views.read('otherSides')).find(({ peer }) => peer === path?.destination.peer);
  if (path?.here !== 'consumer' || hop.end !== 'destination') return [];
  if (far?.snapshot.visibility !== 'visible') return [];
  const farViews = openSnapshot(far.snapshot.value);
  const label = destinationLabel(path);
  const fixesBy = (id: string): readonly Remediation[] => {
    const check = checks.find((one) => one.id === id);
    return check === undefined
      ? []
      : evaluateCheck(check, farViews)
          .result.findings.filter(({ subject: { kind, name } }) => kind !== 'service' || name === label)
          .flatMap(({ remediation }) => remediation);
  };
  const own = fixesBy(hop.check.destination);
  // Instances that fail are a matter of this check wherever they are in the mesh.
  const fixes = own.length === 0 && hop.name === 'instances' ? fixesBy('exported-services-exist') : own;
  return fixes.map((one) => ({ ...one, title: `In ${far.cluster}: ${one.title}` }));
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

interface Calls {
  readonly paths: readonly ClusterPath[];
  /** Calls without upstreams, of which nobody knows that they are made. */
  readonly limited: readonly ClusterPath[];
}

/** Returns the paths; none where their view throws, which is a bug in it. */
const readPaths = (views: Views, onBug: RunOptions['onBug']): Calls => {
  try {
    return { paths: rowsOf(views.read(pathsView)), limited: rowsOf(views.read(limitedCallsView)) };
  } catch (error) {
    onBug?.('paths', error);
    return { paths: [], limited: [] };
  }
};

const addPathsOf = ({ paths, limited }: Calls, views: Views, checks: readonly AnyCheck[]): AddPaths => {
  const followed = [...paths, ...limited];
  const problems = pathProblems(followed);
  const unseen = unseenHops(followed);
  return (check, outcome) => {
    const added = withPaths(check, outcome, problems.get(check.id) ?? [], (problem) => () => [
      ...consumerRemediation(problem),
      ...limitRemediation(problem, views),
      ...callTimeoutRemediation(problem, views),
      ...agreementFixes(problem, views),
      ...farRemediation(problem, views, checks),
    ]);
    return withUnseen(added, unseen.get(check.id));
  };
};

/** Says in the line of the verdict that the peer asked for does not exist. */
const peerNote = (peer: string | undefined, peerNames: Section<readonly string[]>): readonly string[] => {
  if (peer === undefined || peerNames.visibility !== 'visible' || peerNames.value.includes(peer)) return [];
  const names = peerNames.value.join(', ');
  return [
    `no peering is named ${peer}; ${names ? `the peerings are ${names}` : 'this cluster has no peerings'}`,
  ];
};

/** Lists the addresses that were probed, without those of peers that the run leaves out; undefined if none was. */
const listProbed = (
  probes: Section<Sections['probes']>,
  peerings: Section<Sections['peerings']>,
): Report['probes'] => {
  if (probes.visibility === 'hidden') return undefined;
  const names = peerings.visibility === 'hidden' ? [] : peerings.value.list.map(({ Name }) => Name);
  return probes.value
    .filter(({ peer }) => peer === undefined || names.includes(peer))
    .map(
      ({
        use,
        address,
        peer = null,
        outcome,
        resolved,
        connectMs = null,
        handshakeMs = null,
        certificate,
        second,
      }) => ({
        use,
        address,
        peer,
        outcome,
        resolved,
        connectMs,
        handshakeMs,
        trustDomain: certificate?.trustDomain ?? null,
        notAfter: certificate?.notAfter ?? null,
        ...(second && { second: { from: second.from, outcome: second.outcome ?? null } }),
      }),
    );
};

/**
 * Runs checks over a snapshot. Pure: the same snapshot gives the same report, whether it was just gathered or
 * loaded from a file. Never throws because of a cluster or a check.
 */
export const runChecks = (snapshot: Snapshot, options: RunOptions = {}): Report => {
  const { peer, checks = registry, onBug } = options;
  const views = openSnapshot(snapshot, { peer });
  const calls = readPaths(views, onBug);
  const { paths } = calls;
  const addPaths = addPathsOf(calls, views, checks);
  const fixes = createFixWriter();
  const evaluated = checks.map((check) => evaluateCheck(check, views, { onBug, addPaths, fixes }));
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
        ...unreadPathsNote(paths),
        ...fixConflicts(results),
        ...fixes.note(),
      ]),
    ],
    results,
    ...omitUndefined({ probes: listProbed(views.read('probes'), views.read('peerings')) }),
  };
};

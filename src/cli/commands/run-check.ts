import { setTimeout } from 'node:timers/promises';
import type { AnyCheck } from '../../checks/define';
import { registry } from '../../checks/registry';
import { parseDuration } from '../../config/duration';
import { didYouMean } from '../../config/suggest-name';
import { renderFleet, renderFleetJson } from '../../render/fleet';
import { renderJson, safeJson } from '../../render/json';
import { renderJunit } from '../../render/junit';
import { renderSarif } from '../../render/sarif';
import { renderTerminal } from '../../render/terminal';
import { count, duration } from '../../render/words';
import type { Report } from '../../report/report';
import type { Snapshot } from '../../snapshot/snapshot';
import {
  type Attempt,
  type CheckedRow,
  checkSnapshot,
  exitOf,
  monitorExitOf,
  unreadReport,
} from '../check-cluster';
import { checkFleet, namesIn } from '../check-fleet';
import { chooseChecks } from '../choose-checks';
import {
  type CliCommand,
  choice,
  type ExitCode,
  exit,
  type Terminal,
  usageError,
  type Values,
  word,
} from '../command';
import type { ListedCheck } from '../lists';
import { findCluster, openCluster } from '../open-cluster';
import { withOtherSide } from '../other-side';
import { readSavedSnapshot } from '../saved-snapshot';
import { rememberNames } from '../last-names';
import { textWidth } from '../text-width';
import { checkWhatIf, hasOverlay } from '../what-if';
import { reportFormats, type ReportFormat, failOn, type FailOn } from '../check-choices';
import { exitCodes } from '../exit-codes';

/** Time between two attempts of `--wait`, in ms. */
const betweenAttemptsMs = 5_000;

/** The options: which checks to run, on what, and how to show the result. */
interface Plan {
  readonly format: ReportFormat;
  readonly threshold: FailOn;
  readonly isMonitor: boolean;
  readonly checks: readonly AnyCheck[];
  readonly peer: string | undefined;
  readonly isVerbose: boolean;
  readonly isShort: boolean;
  /** Longest time to read a cluster, in ms. */
  readonly timeoutMs: number | undefined;
  /** Longest time to wait until nothing is found, in ms. */
  readonly waitMs: number | undefined;
}

const planOf = (values: Values): Plan | { readonly problem: string } => {
  const format = choice(values, 'format', reportFormats, 'text');
  if (typeof format === 'object') return format;
  const threshold = choice(values, 'fail-on', failOn, 'error');
  if (typeof threshold === 'object') return threshold;
  const codes = choice(values, 'exit-codes', exitCodes, 'default');
  if (typeof codes === 'object') return codes;
  const checks = chooseChecks(word(values, 'only'), word(values, 'skip'));
  if (!checks.ok) return { problem: checks.error };
  const durations = ['timeout', 'wait'].map((option) => {
    const given = word(values, option);
    return given === undefined ? undefined : (parseDuration(given) ?? Number.NaN);
  });
  const [timeoutMs, waitMs] = durations;
  // No cluster answers in no time.
  if (Number.isNaN(timeoutMs) || timeoutMs === 0)
    return { problem: '--timeout takes a duration, such as 30s' };
  if (Number.isNaN(waitMs)) return { problem: '--wait takes a duration, such as 5m' };
  return {
    format,
    threshold,
    isMonitor: codes === 'monitor',
    checks: checks.value,
    peer: word(values, 'peer'),
    isVerbose: values['verbose'] === true,
    isShort: values['short'] === true,
    timeoutMs,
    waitMs,
  };
};

/** Checks what the command line names, and returns the exit status that its options ask for. */
export const runCheck: CliCommand['run'] = async (names, values, terminal) => {
  const made = await attemptFor(names, values, terminal);
  if (typeof made !== 'number') {
    made.write();
    return made.code;
  }
  // A mistake that only the command finds, such as in the clusters file: see `mistakeExit`. The 2 of an attempt is an
  // error of the cluster.
  return made === exit.usage && word(values, 'exit-codes') === 'monitor' ? exit.undecided : made;
};

/** Does what a command line says. An exit status instead of an attempt means that all is written. */
const attemptFor = async (
  names: readonly string[],
  values: Values,
  terminal: Terminal,
): Promise<Attempt | ExitCode> => {
  const plan = planOf(values);
  if ('problem' in plan) return usageError(terminal, plan.problem);
  if (values['list-checks'] === true) return listChecks(plan, terminal);
  if (hasOverlay(values)) return checkWhatIf(names, plan, values, limited(terminal, plan));
  const file = word(values, 'snapshot');
  if (file !== undefined) return checkSaved(names, file, plan, terminal);
  const fleet = namesIn(names, values['all'] === true, values, terminal);
  if (typeof fleet === 'number') return fleet;
  if (fleet !== undefined && word(values, 'other') !== undefined)
    return usageError(terminal, '--other takes one cluster');
  return repeat(plan, terminal, () =>
    fleet === undefined
      ? checkOne(names[0], plan, values, terminal)
      : checkMany(fleet, plan, values, terminal),
  );
};

const listChecks = ({ checks, format }: Plan, terminal: Terminal): ExitCode => {
  const rows = checks.map(({ id, group, severity, title }): ListedCheck => ({ id, group, severity, title }));
  if (format === 'json') {
    terminal.out(safeJson(rows));
    return exit.fine;
  }
  const width = Math.max(...rows.map(({ id }) => id.length));
  for (const { id, severity, title } of rows) {
    terminal.out(`${id.padEnd(width)}  ${severity.padEnd('warning'.length)}  ${title}\n`);
  }
  return exit.fine;
};

/**
 * Repeats a run until it is fine or the time of `--wait` is up. Returns the last one alone, so that the output is
 * one document. An exit status instead of an attempt means a mistake in the command line, so it is not repeated.
 */
const repeat = async (
  { waitMs = 0 }: Plan,
  terminal: Terminal,
  attempt: () => Promise<Attempt | ExitCode>,
): Promise<Attempt | ExitCode> => {
  const end = performance.now() + waitMs;
  for (;;) {
    const made = await attempt();
    if (typeof made === 'number') return made;
    const isLast = performance.now() + betweenAttemptsMs > end;
    if (made.code === exit.fine || isLast || terminal.signal.aborted) return made;
    terminal.err(`peering-bot: not ready yet, next attempt in ${duration(betweenAttemptsMs)}\n`);
    await setTimeout(betweenAttemptsMs, undefined, { signal: terminal.signal }).catch(() => undefined);
  }
};

const codeOf = (reports: readonly Report[], { isMonitor, threshold }: Plan): ExitCode =>
  isMonitor ? monitorExitOf(reports) : exitOf(reports, threshold);

const limited = (terminal: Terminal, { timeoutMs }: Plan): Terminal =>
  timeoutMs === undefined
    ? terminal
    : { ...terminal, signal: AbortSignal.any([terminal.signal, AbortSignal.timeout(timeoutMs)]) };

const checkOne = async (
  name: string | undefined,
  plan: Plan,
  values: Values,
  terminal: Terminal,
): Promise<Attempt | ExitCode> => {
  const startedAt = performance.now();
  const target = findCluster(name, values, terminal);
  if (typeof target === 'number') return target;
  const found = await withOtherSide(target, values);
  if (typeof found === 'number') return found;
  const { config, cluster } = found;
  const opened = await openCluster(config, cluster, plan.peer, limited(found.terminal, plan), {
    probe: true,
  });
  if (typeof opened === 'number') return opened;
  const strange = plan.peer === undefined ? undefined : unknownPeer(opened, plan.peer);
  if (strange) return usageError(terminal, strange);
  return attemptOf(checkSnapshot(opened, plan.peer, plan.checks, startedAt, config), plan, terminal);
};

/** Makes the attempt for the report of one cluster. */
const attemptOf = (
  { cluster, report, problem, gateways }: CheckedRow & { readonly report: Report },
  plan: Plan,
  terminal: Terminal,
): Attempt => {
  const { format, isVerbose, checks } = plan;
  return {
    code: problem === '' ? codeOf([report], plan) : exit.undecided,
    write: () => {
      rememberNames(terminal, [{ report, gateways }]);
      // If nothing was read, one line is enough: each check would only repeat it.
      if (problem === '' || format !== 'text' || isVerbose) terminal.out(textOf(report, plan, terminal));
      if (problem !== '') terminal.err(`peering-bot: ${cluster} could not be read: ${problem}\n`);
      else if (checks.length < registry.length && format === 'text')
        terminal.err(`peering-bot: ran ${checks.length} of ${count(registry.length, 'check')}\n`);
    },
  };
};

const textOf = (report: Report, { format, isVerbose }: Plan, terminal: Terminal): string => {
  if (format === 'json') return renderJson(report);
  if (format === 'junit') return renderJunit(report);
  if (format === 'sarif') return renderSarif(report);
  return renderTerminal(report, { colour: terminal.colour, width: textWidth(terminal), verbose: isVerbose });
};

const checkMany = async (
  names: readonly string[],
  plan: Plan,
  values: Values,
  terminal: Terminal,
): Promise<Attempt | ExitCode> => {
  const { format, checks, peer, isShort } = plan;
  const rows = await checkFleet(names, { checks, peer, values, terminal: limited(terminal, plan) });
  if (typeof rows === 'number') return rows;
  const reports = rows.map(
    ({ cluster, report, problem }) => report ?? unreadReport(cluster, problem, checks),
  );
  return {
    code: codeOf(reports, plan),
    write: () => {
      rememberNames(terminal, rows);
      if (format === 'json') terminal.out(renderFleetJson(rows));
      else if (format === 'junit') terminal.out(renderJunit(...reports));
      else if (format === 'sarif') terminal.out(renderSarif(...reports));
      else terminal.out(renderFleet(rows, { colour: terminal.colour, short: isShort }));
    },
  };
};

const checkSaved = (
  names: readonly string[],
  file: string,
  plan: Plan,
  terminal: Terminal,
): Attempt | ExitCode => {
  if (names.length > 1) return usageError(terminal, '--snapshot takes one cluster');
  const startedAt = performance.now();
  const loaded = readSavedSnapshot(names[0], file);
  if (!loaded.ok) return usageError(terminal, loaded.error);
  const strange = plan.peer === undefined ? undefined : unknownPeer(loaded.value, plan.peer);
  if (strange) return usageError(terminal, strange);
  return attemptOf(checkSnapshot(loaded.value, plan.peer, plan.checks, startedAt), plan, terminal);
};

/** Explains that no peering has this name; undefined if one has, or if peerings are not visible. */
const unknownPeer = ({ sections: { peerings } }: Snapshot, peer: string): string | undefined => {
  if (peerings.visibility !== 'visible' || !peerings.value.enabled) return undefined;
  const names = peerings.value.list.map(({ Name }) => Name);
  if (names.includes(peer)) return undefined;
  const known =
    names.length === 0 ? 'the cluster has no peerings' : `peerings: ${names.slice(0, 20).join(', ')}`;
  return `there is no peering ${JSON.stringify(peer.slice(0, 80))}${didYouMean(peer, names) || `; ${known}`}`;
};

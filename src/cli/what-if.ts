import { existsSync, readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import type { AnyCheck } from '../checks/define';
import {
  applyOverlay,
  type Overlay,
  overlayChangeLabel,
  overlaySection,
  parseDeletion,
  parseOverlay,
} from '../checks/overlay';
import { runChecks } from '../checks/runner';
import { applyConfiguredRules } from '../clusters/configured-rules';
import { whyUnreadable } from '../clusters/unreadable';
import type { Config } from '../config/config';
import { renderJunit } from '../render/junit';
import { renderSarif } from '../render/sarif';
import { renderWhatIf, renderWhatIfJson, type WhatIf } from '../render/what-if';
import { compareChange, type ChangeEffect } from '../report/compare-change';
import { failure, type Result, success } from '../result';
import type { Snapshot } from '../snapshot/snapshot';
import type { Attempt } from './check-cluster';
import { type ExitCode, exit, type Terminal, usageError, type Values, word } from './command';
import { findCluster, openCluster } from './open-cluster';
import { withOtherSide } from './other-side';
import { readSavedSnapshot } from './saved-snapshot';
import { textWidth } from './text-width';
import type { FailOn } from './check-choices';

/** Options of `check --with`. */
export interface WhatIfPlan {
  readonly format: 'text' | 'json' | 'junit' | 'sarif';
  readonly threshold: FailOn;
  readonly isMonitor: boolean;
  readonly checks: readonly AnyCheck[];
  readonly peer: string | undefined;
  readonly isVerbose: boolean;
}

const listOf = (values: Values, option: string): readonly string[] =>
  [values[option] ?? []].flat().filter((value) => typeof value === 'string');

/** True if the command line states a change. */
export const hasOverlay = (values: Values): boolean =>
  listOf(values, 'with').length + listOf(values, 'without').length > 0;

const isOverlayFile = (name: string): boolean => /\.(?:hcl|json|ya?ml)$/i.test(name) && existsSync(name);

const readFiles = async (
  names: readonly string[],
): Promise<Result<readonly { readonly name: string; readonly text: string }[]>> => {
  const files: { name: string; text: string }[] = [];
  for (const name of new Set(names)) {
    try {
      const text = name === '-' ? await readAll(process.stdin) : readFileSync(name, 'utf8');
      files.push({ name: name === '-' ? 'standard input' : name, text });
    } catch (error) {
      return failure(`cannot read ${name} (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
    }
  }
  return success(files);
};

/** Reads the changes of a command line. A shell expands `--with *.hcl` to one value and more arguments. */
const readOverlay = async (values: Values, more: readonly string[]): Promise<Result<Overlay>> => {
  const names = [...listOf(values, 'with'), ...more];
  const files = await readFiles(names);
  if (!files.ok) return files;
  const parsed: Result<Overlay> =
    names.length === 0 ? success({ changes: [], ignored: [] }) : parseOverlay(files.value);
  if (!parsed.ok) return parsed;
  const deletions = listOf(values, 'without').map(parseDeletion);
  const wrong = deletions.find((one) => !one.ok);
  if (wrong) return wrong;
  return success({
    ...parsed.value,
    changes: [...parsed.value.changes, ...deletions.flatMap((one) => (one.ok ? [one.value] : []))],
  });
};

/** Returns the exit status of a change: 1 if it would break something, 3 if it would make something unknown. */
const exitOfChange = ({ breaks, newlyUnknown }: ChangeEffect, threshold: FailOn): 0 | 1 | 3 => {
  if (threshold === 'never') return exit.fine;
  const counted = threshold === 'error' ? ['error'] : ['error', 'warning'];
  if (breaks.some(({ finding }) => counted.includes(finding.severity))) return exit.findings;
  return newlyUnknown.some(({ severity }) => counted.includes(severity)) ? exit.undecided : exit.fine;
};

/** Returns the exit status of a change as `monitorExitOf` does that of a cluster: 2 if it would bring an error. */
const monitorExitOfChange = ({ breaks, newlyUnknown }: ChangeEffect): 0 | 1 | 2 | 3 => {
  if (breaks.some(({ finding }) => finding.severity === 'error')) return 2;
  if (newlyUnknown.some(({ severity }) => severity === 'error')) return 3;
  return breaks.some(({ finding }) => finding.severity === 'warning') ? 1 : 0;
};

/** The cluster as it is, and as read for the changes, which may need more of it. */
interface Gathered {
  readonly before: Snapshot;
  readonly basis: Snapshot;
  /** Holds the mutes and severities that apply. */
  readonly config?: Config | undefined;
}

const gather = async (
  name: string | undefined,
  { changes }: Overlay,
  plan: WhatIfPlan,
  values: Values,
  terminal: Terminal,
): Promise<Gathered | ExitCode> => {
  const file = word(values, 'snapshot');
  if (file !== undefined) {
    const saved = readSavedSnapshot(name, file);
    return saved.ok ? { before: saved.value, basis: saved.value } : usageError(terminal, saved.error);
  }
  const target = findCluster(name, values, terminal);
  if (typeof target === 'number') return target;
  const found = await withOtherSide(target, values);
  if (typeof found === 'number') return found;
  const { config, cluster } = found;
  const [before, basis] = await Promise.all([
    openCluster(config, cluster, plan.peer, found.terminal),
    openCluster(
      config,
      cluster,
      plan.peer,
      { ...found.terminal, progress: false, err: () => undefined },
      { overlay: (name, section, sections) => overlaySection(name, section, changes, sections) },
    ),
  ]);
  if (typeof before === 'number') return before;
  return typeof basis === 'number' ? basis : { before, basis, config };
};

/**
 * Checks a cluster as it would be with the changes of the files, and tells what they would fix and break. An exit status
 * instead means that all is written.
 */
export const checkWhatIf = async (
  names: readonly string[],
  plan: WhatIfPlan,
  values: Values,
  terminal: Terminal,
): Promise<Attempt | ExitCode> => {
  const files = names.filter(isOverlayFile);
  const [name, ...more] = names.filter((one) => !files.includes(one));
  if (more.length > 0 || values['all'] === true || /[*?]/.test(name ?? ''))
    return usageError(terminal, '--with takes one cluster');
  const overlay = await readOverlay(values, files);
  if (!overlay.ok) return usageError(terminal, overlay.error);
  const gathered = await gather(name, overlay.value, plan, values, terminal);
  if (typeof gathered === 'number') return gathered;
  const { before, basis, config = {} } = gathered;
  const { changes, ignored } = overlay.value;
  const unreadable = whyUnreadable(before);
  if (unreadable !== undefined) {
    terminal.err(`peering-bot: ${before.cluster.name} could not be read: ${unreadable.message}\n`);
    return exit.undecided;
  }
  const run = (snapshot: Snapshot) =>
    applyConfiguredRules(
      runChecks(snapshot, { checks: plan.checks, ...(plan.peer !== undefined && { peer: plan.peer }) }),
      config,
      Date.now(),
    );
  const reports = { before: run(before), after: run(applyOverlay(before, basis, changes)) };
  const effect = compareChange(reports.before, reports.after);
  const result = {
    ...reports,
    effect,
    ignored,
    cluster: before.cluster.name,
    changes: changes.map(overlayChangeLabel),
  };
  return {
    code: plan.isMonitor ? monitorExitOfChange(effect) : exitOfChange(effect, plan.threshold),
    write: () => terminal.out(textOf(result, plan, terminal)),
  };
};

const textOf = (result: WhatIf, { format, isVerbose }: WhatIfPlan, terminal: Terminal): string => {
  if (format === 'json') return renderWhatIfJson(result);
  if (format === 'junit') return renderJunit(result.after);
  if (format === 'sarif') return renderSarif(result.after);
  return renderWhatIf(result, { colour: terminal.colour, verbose: isVerbose, width: textWidth(terminal) });
};

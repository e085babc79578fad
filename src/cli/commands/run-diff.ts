import { diffStates } from '../../checks/changes/diff-states';
import { stateOf } from '../../checks/changes/state-of';
import { readSigningKeys } from '../../config/env';
import { readSecretFiles } from '../../config/secret';
import { createReports, diffRuns, parseWhens } from '../../features/history';
import { showInvisible } from '../../render/escape';
import { safeJson } from '../../render/json';
import { renderStateDiffText } from '../../render/state-diff';
import type { StateDiff } from '../../report/state-diff';
import { failure, success } from '../../result';
import { createSealer } from '../../signing/seal-record';
import {
  type CliCommand,
  type ExitCode,
  exit,
  type Terminal,
  usageError,
  type Values,
  word,
  textOrJson,
} from '../command';
import { openForPaths } from '../open-paths';
import { readSavedSnapshot } from '../saved-snapshot';
import { withRedis } from '../with-redis';
import { textWidth } from '../text-width';

/** Stored runs that are listed: clusters.yml allows no more. */
const maxRuns = 10_000;

/** Compares a saved snapshot with another, or with the cluster. */
const fromFiles = async (
  name: string | undefined,
  beforeFile: string,
  values: Values,
  terminal: Terminal,
): Promise<StateDiff | ExitCode> => {
  const before = readSavedSnapshot(name, beforeFile);
  if (!before.ok) return usageError(terminal, before.error);
  const { cluster } = before.value;
  const afterFile = word(values, 'after');
  const saved = afterFile === undefined ? undefined : readSavedSnapshot(cluster.name, afterFile);
  if (saved?.ok === false) return usageError(terminal, saved.error);
  const after = saved?.value ?? (await openForPaths(name, values, terminal));
  if (typeof after === 'number') return after;
  return diffStates(
    cluster.name,
    { run: null, state: stateOf(before.value) },
    { run: null, state: stateOf(after) },
  );
};

/** Compares runs that the bot stored. */
const fromRuns = async (
  cluster: string,
  words: readonly string[],
  terminal: Terminal,
  show: (found: StateDiff) => void,
): Promise<ExitCode> => {
  const whens = parseWhens(words, Date.now());
  if (!whens.ok) return usageError(terminal, whens.error);
  const keys = readSigningKeys(terminal.env);
  if (!keys.ok) return usageError(terminal, keys.error);
  const { environment } = readSecretFiles(terminal.env);
  return withRedis(environment['REDIS_URL']?.trim(), terminal, async (redis) => {
    const reports = createReports(redis, createSealer(keys.value), {
      reports: maxRuns,
      maxAgeMs: 30 * 86_400_000,
    });
    const runs = (await reports.history([cluster], maxRuns)).get(cluster) ?? [];
    const found = await diffRuns(cluster, whens.value, runs, async (run) => {
      const report = await reports.find(run);
      return report?.cluster.name === cluster ? success(report) : failure({ kind: 'run-gone', cluster });
    });
    if (found.ok) {
      show(found.value);
      return exit.fine;
    }
    const problem =
      found.error.kind === 'usage' ? found.error.problem : `no such run of ${cluster} is stored`;
    terminal.err(`peering-bot: ${showInvisible(problem)}\n`);
    return exit.undecided;
  });
};

/** Shows what changed between two runs or snapshots. */
export const runDiff: CliCommand['run'] = async ([name, ...words], values, terminal) => {
  const format = textOrJson(values, terminal);
  if (typeof format === 'number') return format;
  const { colour } = terminal;
  const show = (found: StateDiff): void =>
    terminal.out(
      format === 'json'
        ? safeJson(found)
        : renderStateDiffText(found, { colour, width: textWidth(terminal) }),
    );
  const before = word(values, 'before');
  if (before === undefined) {
    if (word(values, 'after') !== undefined) return usageError(terminal, '--after goes with --before FILE');
    if (name === undefined) return usageError(terminal, 'expected the name of a cluster, or --before FILE');
    return fromRuns(name, words, terminal, show);
  }
  if (words.length > 0) return usageError(terminal, '--before takes the place of WHEN');
  const found = await fromFiles(name, before, values, terminal);
  if (typeof found === 'number') return found;
  show(found);
  return exit.fine;
};

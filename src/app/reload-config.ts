import { readFileSync, statSync, unwatchFile, watchFile } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { registry } from '../checks/registry';
import { findIdleRules } from '../config/cluster-rules';
import { maxClustersBytes } from '../config/max-clusters-bytes';
import type { Config } from '../config/config';
import { formatProblem, type Problem } from '../config/problem';
import { failure, type Result } from '../result';
import type { CurrentConfig } from './current-config';

interface ReloadParts {
  readonly configuration: CurrentConfig;
  /** The clusters file, which is watched. */
  readonly file: string;
  /** Reads and validates the file, and the secrets that it names. */
  readonly load: () => Result<{ readonly config: Config }, readonly Problem[]>;
  readonly log: Logger;
  readonly times?: typeof defaultTimes;
}

/** Times in ms. */
const defaultTimes = {
  /** Minimum time between two reads: each takes a while, and signals may come in a burst. */
  spacing: 1000,
  /** Time after which a refused file is read again: a secret that it names may be mounted later than the file. */
  retry: 10_000,
};

/** Interval at which the file is checked, in ms. Events of the file system miss files that are mounted or swapped by a link. */
const pollMs = 2000;
/** Time for which the file must not change before it is read, in ms: an editor may write it in pieces. */
const quietMs = 1000;
/** A refused file is read again after this many times the time that it takes at least. */
const maxShare = 50;
const retried = 'it was refused before';

/** Returns the kind of what is at a path. To read a pipe would hold up the process until its other end is closed. */
const kindOf = (path: string): 'file' | 'large file' | 'other' | 'none' => {
  try {
    const found = statSync(path);
    if (!found.isFile()) return 'other';
    return found.size > maxClustersBytes ? 'large file' : 'file';
  } catch {
    return 'none';
  }
};

const textOf = (file: string): string | undefined => {
  try {
    return kindOf(file) === 'file' ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Reads the clusters file again when it changes, and on request. A valid one is used from then on; an invalid one is
 * logged, and the configuration that is in use stays until the file, or a secret that it names, is fixed.
 */
export const startReloading = ({
  configuration,
  file,
  load,
  log,
  times = defaultTimes,
}: ReloadParts): { readonly reload: (reason: string) => void; readonly stop: () => void } => {
  let read = textOf(file);
  let quiet: NodeJS.Timeout | undefined;
  let next: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;

  const warnOfIdleRules = (): void => {
    const ids = registry.map(({ id }) => id);
    for (const { path, message } of findIdleRules(configuration.get(), ids, Date.now(), file, () => ({})))
      log.warn({ path, problem: message }, 'a mute or a severity of the clusters file has no effect');
  };

  const loadFile = (): ReturnType<typeof load> =>
    kindOf(file) === 'other'
      ? failure([{ file, path: '', message: 'is not a regular file, so it is not read again' }])
      : load();

  const readAgain = (reason: string): void => {
    read = textOf(file);
    const before = configuration.problems().map(formatProblem);
    const startedMs = performance.now();
    const loaded = loadFile();
    readAtMs = performance.now();
    clearTimeout(retry);
    if (loaded.ok) {
      configuration.replace(loaded.value.config);
      log.info({ reason, clusters: loaded.value.config.clusters.size }, 'read the configuration again');
      warnOfIdleRules();
      return;
    }
    configuration.refuse(loaded.error);
    retry = setTimeout(() => reload(retried), Math.max(times.retry, (readAtMs - startedMs) * maxShare));
    retry.unref();
    const problems = loaded.error.map(formatProblem);
    if (reason === retried && isDeepStrictEqual(problems, before)) return;
    log.error({ reason, problems }, 'the clusters file is not valid: the configuration stays as it is');
  };

  const reload = (reason: string): void => {
    if (next !== undefined) return;
    const waitMs = readAtMs + times.spacing - performance.now();
    if (waitMs <= 0) return readAgain(reason);
    next = setTimeout(() => {
      next = undefined;
      readAgain(reason);
    }, waitMs);
    next.unref();
  };

  const onChange = (): void => {
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      if (textOf(file) !== read) reload('the file changed');
    }, quietMs);
    quiet.unref();
  };
  watchFile(file, { interval: pollMs, persistent: false }, onChange);
  // A change before the first look of the watcher is none to it.
  onChange();
  warnOfIdleRules();
  return {
    reload,
    stop: () => {
      clearTimeout(quiet);
      clearTimeout(next);
      clearTimeout(retry);
      unwatchFile(file, onChange);
    },
  };
};

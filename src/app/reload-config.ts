import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Logger } from 'pino';
import { registry } from '../checks/registry';
import { findIdleRules } from '../config/cluster-rules';
import type { Config } from '../config/config';
import { formatProblem, type Problem } from '../config/problem';
import type { Result } from '../result';
import type { CurrentConfig } from './current-config';

interface ReloadParts {
  readonly configuration: CurrentConfig;
  /** The clusters file, which is watched. */
  readonly file: string;
  /** Reads and validates the file, and the secrets that it names. */
  readonly load: () => Result<{ readonly config: Config }, readonly Problem[]>;
  readonly log: Logger;
}

/** Interval at which the file is checked, in ms. Events of the file system miss files that are mounted or swapped by a link. */
const pollMs = 2000;
/** Time for which the file must not change before it is read, in ms: an editor may write it in pieces. */
const quietMs = 1000;

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/**
 * Reads the clusters file again when it changes, and on request. A valid one is used from then on; an invalid one is
 * logged, and the configuration that is in use stays.
 */
export const startReloading = ({
  configuration,
  file,
  load,
  log,
}: ReloadParts): { readonly reload: (reason: string) => void; readonly stop: () => void } => {
  let read = textOf(file);
  let timer: NodeJS.Timeout | undefined;

  const warnOfIdleRules = (): void => {
    const ids = registry.map(({ id }) => id);
    for (const { path, message } of findIdleRules(configuration.get(), ids, Date.now(), file, () => ({})))
      log.warn({ path, problem: message }, 'a mute or a severity of the clusters file has no effect');
  };

  const reload = (reason: string): void => {
    read = textOf(file);
    const loaded = load();
    if (!loaded.ok) {
      configuration.refuse(loaded.error);
      const problems = loaded.error.map(formatProblem);
      log.error({ reason, problems }, 'the clusters file is not valid: the configuration stays as it is');
      return;
    }
    configuration.replace(loaded.value.config);
    log.info({ reason, clusters: loaded.value.config.clusters.size }, 'read the configuration again');
    warnOfIdleRules();
  };

  const onChange = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (textOf(file) !== read) reload('the file changed');
    }, quietMs);
    timer.unref();
  };
  watchFile(file, { interval: pollMs, persistent: false }, onChange);
  warnOfIdleRules();
  return {
    reload,
    stop: () => {
      clearTimeout(timer);
      unwatchFile(file, onChange);
    },
  };
};

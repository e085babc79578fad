import type { Config } from '../config/config';
import type { Problem } from '../config/problem';

/**
 * The one holder of the configuration of a process. Jobs and requests get the current one when they start, and keep it to
 * their end. No part of the process stores a configuration by itself.
 */
export interface CurrentConfig {
  readonly get: () => Config;
  /** The problems of the newest file, which is therefore not in use; empty if it is. */
  readonly problems: () => readonly Problem[];
  /** Takes a configuration into use, and tells the listeners. */
  readonly replace: (config: Config) => void;
  /** Keeps the current one, because the file has problems. */
  readonly refuse: (problems: readonly Problem[]) => void;
  readonly onReplace: (listener: () => void) => void;
}

export const createCurrentConfig = (initial: Config): CurrentConfig => {
  let config = initial;
  let problems: readonly Problem[] = [];
  const listeners: (() => void)[] = [];
  return {
    get: () => config,
    problems: () => problems,
    replace: (next) => {
      config = next;
      problems = [];
      for (const listener of listeners) listener();
    },
    refuse: (found) => {
      problems = found;
    },
    onReplace: (listener) => void listeners.push(listener),
  };
};

/** Returns a function that builds a value from the current configuration: once for each configuration. */
export const derive = <T>({ get }: Pick<CurrentConfig, 'get'>, build: (config: Config) => T): (() => T) => {
  let last: { readonly config: Config; readonly value: T } | undefined;
  return () => {
    const config = get();
    if (last?.config !== config) last = { config, value: build(config) };
    return last.value;
  };
};

import { readFileSync } from 'node:fs';
import { failure, type Result, success } from '../result';
import { loadSnapshot } from '../snapshot/load-snapshot';
import type { Snapshot } from '../snapshot/snapshot';

/** Reads a file that `peering-bot snapshot` wrote, of the named cluster or of any. The error is for people. */
export const readSavedSnapshot = (name: string | undefined, file: string): Result<Snapshot> => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return failure(`cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  const loaded = loadSnapshot(text);
  if (!loaded.ok) return failure(`${file}: ${loaded.error}`);
  const { cluster } = loaded.value;
  return name === undefined || cluster.name === name
    ? success(loaded.value)
    : failure(`${file} is a snapshot of ${cluster.name}, not of ${name}`);
};

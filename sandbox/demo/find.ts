import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from './step';

/** The absolute path of the first of these programs that the given folders or the path have. */
export const findProgram = (
  names: readonly string[],
  env: Environment,
  folders: readonly string[] = [],
): string | undefined =>
  [...folders, ...(env['PATH'] ?? '').split(delimiter)]
    .filter(Boolean)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

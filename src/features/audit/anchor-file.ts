import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { failure, type Result, success } from '../../result';
import type { HeadAnchor } from './audit.store';

/** Age in ms after which a lock counts as that of a writer that died. */
const lockMs = 5_000;
const lockRetryMs = 10;
const lockAttempts = 200;

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown';

const reasonOf = (path: string, error: unknown): string =>
  `the anchor of the audit trail, ${path}, cannot be used (${codeOf(error)})`;

/** Keeps the head in a file, which several processes may share. */
export const createFileAnchor = (path: string): HeadAnchor => {
  const lock = `${path}.lock`;
  const next = `${path}.new`;
  const read: HeadAnchor['read'] = async () => {
    try {
      return success(await readFile(path, 'utf8'));
    } catch (error) {
      return codeOf(error) === 'ENOENT' ? success(undefined) : failure(reasonOf(path, error));
    }
  };

  const acquire = async (): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await (await open(lock, 'wx')).close();
        return;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST' || attempt === lockAttempts) throw error;
        const held = await stat(lock).catch(() => undefined);
        if (held !== undefined && Date.now() - held.mtimeMs > lockMs) await rm(lock, { force: true });
        else await new Promise((resume) => setTimeout(resume, lockRetryMs));
      }
    }
  };

  return {
    read,
    async write(text, isNewer): Promise<Result<undefined>> {
      try {
        await acquire();
        try {
          const present = await read();
          if (!present.ok) return present;
          if (present.value !== undefined && !isNewer(present.value)) return success(undefined);
          // Renamed into place, so that a crash leaves the earlier head and not a part of the new one.
          // What is there is left over, or a link to another file.
          await rm(next, { force: true });
          await writeFile(next, text, { mode: 0o600, flag: 'wx', flush: true });
          await rename(next, path);
          return success(undefined);
        } finally {
          await rm(lock, { force: true });
        }
      } catch (error) {
        return failure(reasonOf(path, error));
      }
    },
  };
};

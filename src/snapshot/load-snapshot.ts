import { migrateSnapshot } from './migrate-snapshot';
import { Snapshot } from './snapshot';
import { failure, type Result, success } from '../result';

const expectation = 'Expected a file that `peering-bot snapshot` wrote';

const formatPath = (path: readonly PropertyKey[]): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');

/**
 * Reads the text of a snapshot file. Nothing in it is trusted: it may be cut short, edited, or another file. The error
 * is one sentence: the position in the file, and what was expected there.
 */
export const loadSnapshot = (text: string): Result<Snapshot> => {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // The message of the parser quotes the text, which may be any file, such as one with a token.
    const reason = text.trim() === '' ? 'it is empty' : 'it is not JSON, or it is cut short';
    return failure(`Not a snapshot: ${reason}. ${expectation}`);
  }
  const version = (content as { readonly schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version !== 1 && version !== 2) {
    return failure(
      `The snapshot has schemaVersion ${version}, and this peering-bot reads 1 and 2. Take it again, or use the version that wrote it`,
    );
  }
  const parsed = Snapshot.safeParse(migrateSnapshot(content));
  if (parsed.success) return success(parsed.data);
  const [issue] = parsed.error.issues;
  return failure(
    `Not a snapshot: ${formatPath(issue?.path ?? []) || 'the whole file'}: ${issue?.message}. ${expectation}`,
  );
};

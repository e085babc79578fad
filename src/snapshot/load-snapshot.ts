import { migrateSnapshot } from './migrate-snapshot';
import { SnapshotSchema } from './schema';
import type { Snapshot } from './snapshot';

export type Loaded =
  | { readonly ok: true; readonly value: Snapshot }
  /** One sentence: where in the file, and what was expected there. */
  | { readonly ok: false; readonly message: string };

const refused = (message: string): Loaded => ({ ok: false, message });

const remedy = 'Expected a file that `peering-bot snapshot` wrote';

const place = (path: readonly PropertyKey[]): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');

/** Reads the text of a snapshot file. Nothing in it is trusted: it may be cut short, edited, or another file. */
export const loadSnapshot = (text: string): Loaded => {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // The parser's own words quote the text, which may be another file altogether, such as one with a token.
    const reason = text.trim() === '' ? 'it is empty' : 'no JSON, or cut short';
    return refused(`Not a snapshot: ${reason}. ${remedy}`);
  }
  const version = (content as { readonly schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version !== 1 && version !== 2) {
    return refused(
      `The snapshot has schemaVersion ${version}, and this peering-bot reads 1 and 2. Take it again, or use the version that wrote it`,
    );
  }
  const parsed = SnapshotSchema.safeParse(migrateSnapshot(content));
  // The schema has a parser for each section of the type; the compiler holds it to that.
  if (parsed.success) return { ok: true, value: parsed.data as unknown as Snapshot };
  const [issue] = parsed.error.issues;
  return refused(
    `Not a snapshot: ${place(issue?.path ?? []) || 'the whole file'}: ${issue?.message}. ${remedy}`,
  );
};

import { showInvisible } from './escape';
import { displayWidth } from './width';

/** One entry of the audit trail. All texts may be hostile. */
export interface AuditLine {
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  readonly action: string;
  readonly requestId: string | null;
  readonly person: string;
  readonly team: string;
  readonly cluster: string | null;
  readonly detail: string;
}

/** Formats ms since the epoch as ISO 8601 to the second; empty if the number is not a valid time. */
export const auditTime = (at: number): string =>
  Math.abs(at) < 8.64e15 ? new Date(at).toISOString().replace(/\.\d+Z$/, 'Z') : '';

const cells = ({ action, person, cluster, requestId, detail }: AuditLine): readonly string[] =>
  [action, person, cluster ?? '-', requestId ?? '-', detail].map(showInvisible);

/** Maximum width of all columns but the last, so that one odd entry does not push the others apart. */
const maxColumn = 40;

/** Renders the entries for a terminal, one line each, in the order given. */
export const renderAuditText = (lines: readonly AuditLine[]): string => {
  const rows = lines.map((line) => [auditTime(line.at), ...cells(line)]);
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.min(maxColumn, Math.max(0, ...rows.map((row) => displayWidth(row[column] ?? '')))),
  );
  const pad = (text: string, column: number): string =>
    text + ' '.repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(text)));
  return rows.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
};

import { visible } from './escape';
import { displayWidth } from './width';

/** One thing that was done or refused, as the audit trail has it. All texts may be hostile. */
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

/** When it was, as ISO 8601 to the second; empty where the number is no time. */
export const auditTime = (at: number): string =>
  Math.abs(at) < 8.64e15 ? new Date(at).toISOString().replace(/\.\d+Z$/, 'Z') : '';

/** What a line says beside its time, in columns. */
const cells = ({ action, person, cluster, requestId, detail }: AuditLine): readonly string[] =>
  [action, person, cluster ?? '-', requestId ?? '-', detail].map(visible);

/** No column but the last is wider, so that one odd entry does not push all others apart. */
const widest = 40;

/** The entries for a terminal, one line each, oldest first. */
export const renderAuditText = (lines: readonly AuditLine[]): string => {
  const rows = lines.map((line) => [auditTime(line.at), ...cells(line)]);
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.min(widest, Math.max(0, ...rows.map((row) => displayWidth(row[column] ?? '')))),
  );
  const pad = (text: string, column: number): string =>
    text + ' '.repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(text)));
  return rows.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
};

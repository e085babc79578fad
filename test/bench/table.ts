/** One line of the table that `npm run bench` prints. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  /** The yardstick, measured in the same run. */
  readonly beside: string;
  readonly limit: string;
  readonly holds: boolean;
  /** The measurement at an earlier commit. */
  readonly before?: string | undefined;
}

export const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;

/** The value below which a share of all values lies, in percent. */
export const percentile = (values: readonly number[], p: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => percentile(values, 50);

/** Runs something and gives how long it took, in ms. */
export const timed = async <T>(
  run: () => Promise<T>,
): Promise<{ readonly value: T; readonly tookMs: number }> => {
  const started = performance.now();
  const value = await run();
  return { value, tookMs: performance.now() - started };
};

/** Renders rows; with a column for earlier measurements if there are any, named after their commit. */
export const renderTable = (rows: readonly Row[], commit?: string): string => {
  const hasBefore = rows.some(({ before }) => before !== undefined);
  const withBefore = (cell: string): readonly string[] => (hasBefore ? [cell] : []);
  const cells = rows.map((row) => [
    row.what,
    ...withBefore(row.before ?? ''),
    row.measured,
    row.beside,
    row.limit,
    row.holds ? 'holds' : 'BROKEN',
  ]);
  const head = [
    'what',
    ...withBefore(`before (${commit ?? ''})`),
    'measured',
    'beside, in the same run',
    'limit',
    '',
  ];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.map(line)].join('\n');
};

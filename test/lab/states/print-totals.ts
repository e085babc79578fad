import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { readTotals, totalsLine, totalsVariable } from './totals';

/** Runs once, after all rows: prints one line for all of them. */
// Jest takes the default export.
// oxlint-disable-next-line import/no-default-export
export default (): void => {
  const totals = readTotals();
  if (totals) process.stdout.write(`\nall states: ${totalsLine(totals)}\n`);
  const file = process.env[totalsVariable];
  if (file) rmSync(dirname(file), { recursive: true, force: true });
};

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { totalsVariable } from './totals';

/** Runs once, before the processes that measure start: they inherit the name. */
// Jest takes the default export.
// oxlint-disable-next-line import/no-default-export
export default (): void => {
  process.env[totalsVariable] = join(mkdtempSync(join(tmpdir(), 'peering-bot-states-')), 'totals');
};

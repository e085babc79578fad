import { parseArgs } from 'node:util';
import { benchAclCandidates } from './acl-candidates';
import { benchAcknowledge } from './acknowledge';
import { benchAnswer } from './answer';
import { benchDigests } from './digests';
import { benchFleet } from './fleet';
import { benchHome } from './home';
import { benchHostile } from './hostile';
import { measuredBefore } from './hostile-before';
import { benchRoundTrips } from './round-trips';
import { benchScale } from './scale';
import { renderTable, type Row } from './table';

/**
 * `npm run bench [part…] [-- --only WORDS]`: one table; the exit status is 1 where a limit is broken. `--only` selects
 * the attacks of `hostile` whose name has these words.
 */
const parts: Readonly<Record<string, (only: string) => Promise<readonly Row[]>>> = {
  'round-trips': benchRoundTrips,
  scale: benchScale,
  acknowledge: benchAcknowledge,
  answer: benchAnswer,
  'acl-candidates': benchAclCandidates,
  home: benchHome,
  digests: benchDigests,
  fleet: benchFleet,
  hostile: benchHostile,
};

const main = async (): Promise<void> => {
  const { positionals: selected, values } = parseArgs({
    options: { only: { type: 'string', default: '' } },
    allowPositionals: true,
  });
  const rows: Row[] = [];
  for (const [name, bench] of Object.entries(parts)) {
    if (selected.length > 0 && !selected.includes(name)) continue;
    process.stderr.write(`${name} …\n`);
    rows.push(...(await bench(values.only)));
  }
  process.stdout.write(`${renderTable(rows, measuredBefore.commit)}\n`);
  process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;
};

void main();

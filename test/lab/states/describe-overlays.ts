import type { Report } from '../../../src/report/report';
import { describeWith } from '../binaries';
import { sleep, waitFor } from '../process';
import { type Lab, startLab } from './lab';
import { createNotebook, overlayOf } from './note-changes';
import type { Row } from './row';

/** `check --with` held against reality: what an overlay foretells is found once the change is made. */

const ends = ['east', 'west'] as const;

/** `id kind name severity` of every finding. */
const findingsIn = ({ results }: Report): readonly string[] =>
  results
    .flatMap(({ id, findings }) =>
      findings.map(({ subject, severity }) => `${id} ${subject.kind} ${subject.name} ${severity}`),
    )
    .sort();

/** Time for which nothing may change where nothing is foretold, in ms: what was changed takes a moment to show. */
const holdMs = 1500;
/** An agent reads the health behind an alias check again after a minute, where no event came. */
const patienceMs = 100_000;

/** Checks until the findings are as foretold and stay so, or patience ends. */
const findingsAfter = async (
  check: () => Promise<readonly string[]>,
  { before, foretold }: { readonly before: readonly string[]; readonly foretold: readonly string[] },
): Promise<readonly string[]> => {
  const isChange = before.join() !== foretold.join();
  const end = Date.now() + patienceMs;
  for (let since: number | undefined; ; ) {
    const found = await check();
    const isSame = found.join() === foretold.join();
    since = isSame ? (since ?? Date.now()) : undefined;
    const isStable = since !== undefined && (isChange || Date.now() - since >= holdMs);
    if (isStable || Date.now() > end) return found;
    await sleep(250);
  }
};

/** States that were compared, and the reasons why others were left out. */
interface Tally {
  compared: number;
  clusters: number;
  readonly leftOut: Map<string, number>;
}

const tallyLines = (title: string, rows: number, { compared, clusters, leftOut }: Tally): string =>
  [
    `overlays of ${title}: ${compared} of ${rows} states compared, at ${clusters} clusters`,
    ...[...leftOut].map(([why, count]) => `  ${count} left out: ${why}`),
    '',
  ].join('\n');

/**
 * Lays the change of each row over the healthy pair, makes it, and compares. Registers one test for a row.
 *
 * @param expected the number of rows that files can state, at least
 */
export const describeOverlays = (title: string, rows: readonly Row[], expected: number): void =>
  describeWith(['consul'], `an overlay on a healthy cluster, and the change itself: ${title}`, () => {
    const notebook = createNotebook();
    const tally: Tally = { compared: 0, clusters: 0, leftOut: new Map() };
    let lab: Lab;
    let healthy: string;
    const allFindings = async (): Promise<string> =>
      JSON.stringify(
        await Promise.all(ends.map(async (end) => findingsIn((await lab.check(end, false)).report))),
      );
    beforeAll(async () => {
      lab = await startLab({ proxies: 'listeners', wrap: notebook.wrap });
      await waitFor('health', async () => !(await allFindings()).includes(' error"'));
      healthy = await allFindings();
    }, 60_000);
    afterAll(async () => {
      process.stdout.write(tallyLines(title, rows.length, tally));
      await lab?.stop();
    });

    it.each(rows.map((row) => [row.name, row] as const))(
      '%s',
      async (_, row) => {
        await lab.reset();
        await waitFor('the healthy state', async () => (await allFindings()) === healthy);
        const writes = await notebook.note(lab, row);
        if (typeof writes === 'string') {
          tally.leftOut.set(writes, (tally.leftOut.get(writes) ?? 0) + 1);
          return;
        }
        tally.compared += 1;
        const isAlone = row.alone !== undefined;
        // Of a change to both clusters, the second is checked with the first already made.
        for (const end of new Set(writes.map((write) => write.end))) {
          const check = async () => findingsIn((await lab.check(end, isAlone)).report);
          const before = await check();
          const foretold = findingsIn((await lab.checkWith(end, isAlone, overlayOf(writes, end))).report);
          for (const write of writes.filter((one) => one.end === end))
            await lab[end].call(write.method, write.path, write.body);
          if (isAlone && row.alone !== end) continue;
          tally.clusters += 1;
          const found = await findingsAfter(check, { before, foretold });
          expect({ end, foretold }).toEqual({ end, foretold: found });
        }
      },
      240_000,
    );

    it('compares all that files can state', () => {
      expect(tally.compared).toBeGreaterThanOrEqual(expected);
    });
  });

import type { Finding, Report } from '../../src/report/report';
import { describeOnVersions } from '../lab/consul';
import { waitFor } from '../lab/process';
import { type Break, breaks } from './breaks';
import { applyShell, errorsIn, findingOf, resultOf, snippet, type Stage, startStage } from './stage';

/** Servers take a while to give a dead agent up, and retry streams of peers at growing intervals. */
const slow = { timeoutMs: 180_000 };

describeOnVersions('a real peered pair, broken and fixed', (version) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({ version });
  }, 60_000);
  afterAll(() => stage?.stop());
  beforeEach(() => stage.reset(), 60_000);

  const options = (row: Break) => ({ both: row.both });

  /** Breaks, and waits until the check says so. */
  const broken = async (row: Break): Promise<{ report: Report; finding: Finding }> => {
    await row.break(stage);
    return waitFor(
      `${row.id} to fail`,
      async () => {
        const report = await stage.check(row.at, options(row));
        const finding = findingOf(report, row.id, row.subject);
        return finding && { report, finding };
      },
      slow,
    );
  };

  it('is in good order to begin with', async () => {
    for (const side of ['east', 'west'] as const) {
      for (const both of [false, true]) expect(errorsIn(await stage.check(side, { both }))).toEqual([]);
    }
  });

  it.each(breaks.map((row) => [row.id, row.how, row] as const))(
    '%s: %s',
    async (_, __, row) => {
      const { report, finding } = await broken(row);
      expect(finding.severity).toBe(row.severity ?? 'error');
      expect(finding.evidence.length).toBeGreaterThan(0);
      const unrelated = errorsIn(report).filter(
        (error) => ![row.id, ...(row.follows ?? [])].some((id) => error.startsWith(`${id} `)),
      );
      expect(unrelated).toEqual([]);
    },
    240_000,
  );

  const ways = breaks.flatMap((row) =>
    Object.entries(
      row.fix ?? {
        shell: (stage: Stage, finding: Finding) => applyShell(stage[row.at], snippet(finding, 'shell')),
      },
    ).map(([way, fix]) => ({ row, way, fix })),
  );
  it.each(ways.map((one) => [one.row.id, one.row.how, one.way, one] as const))(
    '%s: %s; fixed by %s',
    async (_, __, ___, { row, fix }) => {
      const { finding } = await broken(row);
      await fix(stage, finding);
      await waitFor(
        `${row.id} to pass`,
        async () => {
          const result = resultOf(await stage.check(row.at, options(row)), row.id);
          return result.status === (row.fixed ?? 'pass');
        },
        slow,
      );
    },
    240_000,
  );
});

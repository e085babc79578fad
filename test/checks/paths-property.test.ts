import fc from 'fast-check';
import type { HopName } from '../../src/paths/model';
import { pathStatus } from '../../src/paths/path-status';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { type HopFault, hopFaults } from '../paths/hop-faults';
import { findFalsePasses, hopNames, pathsIn } from './path-sources';
import { arbitraryWorld, snapshotOfWorld } from './random-worlds';
import { run } from './world';

/** `FC_SEED` runs the worlds of a failure again. */
const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);

/** Hops that the consumer's cluster itself can see, although they are at the other end. */
const visibleFromHere: ReadonlySet<HopName> = new Set([
  'gateway-address',
  'exported',
  'destination',
  'instances',
]);

describe(`any two clusters of which parts are hidden (FC_SEED=${seed})`, () => {
  it('have no hop that is decided unseen, and no path that passes once a hop of it is hidden', () => {
    const passed = new Map<HopName, number>(hopNames.map((name) => [name, 0]));
    fc.assert(
      fc.property(arbitraryWorld, fc.constantFrom(...hopNames), (world, removed) => {
        const snapshot = snapshotOfWorld(world);
        expect(findFalsePasses(snapshot, removed)).toEqual([]);
        for (const path of pathsIn(snapshot).filter(({ status }) => status === 'pass'))
          for (const { name } of path.hops) passed.set(name, (passed.get(name) ?? 0) + 1);
      }),
      { numRuns: 10_000, seed },
    );
    expect([...passed].filter(([, paths]) => paths < 100)).toEqual([]);
  }, 120_000);

  it('leave what lies in a cluster that was not read unknown, and count the paths that end there', () => {
    let counted = 0;
    fc.assert(
      fc.property(arbitraryWorld, fc.constantFrom('not-read', 'not-configured'), (world, far) => {
        const snapshot = snapshotOfWorld({ ...world, far });
        const paths = pathsIn(snapshot);
        for (const path of paths) {
          const there = path.hops.filter(
            ({ name, end }) => end === 'destination' && !visibleFromHere.has(name),
          );
          expect([path.isOtherEndUnread, there.map(({ status }) => status)]).toEqual([
            true,
            there.map(() => 'unknown'),
          ]);
        }
        const dark = paths.filter(({ status }) => status === 'unknown').length;
        counted += dark;
        const numbers = run(snapshot).notes.map((note) => Number.parseInt(note, 10));
        if (dark > 0) expect(numbers).toContain(dark);
      }),
      { numRuns: 300, seed },
    );
    expect(counted).toBeGreaterThan(100);
  }, 60_000);
});

describe(`any two clusters that were both read, of which parts are hidden (FC_SEED=${seed})`, () => {
  it('are never ready while a path in use cannot be followed to its end', () => {
    let undecided = 0;
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        const snapshot = snapshotOfWorld(world);
        const isUnseen = pathsIn(snapshot).some(
          ({ here, standby, status, isOtherEndUnread, hops }) =>
            here === 'consumer' &&
            !standby &&
            !isOtherEndUnread &&
            status === 'unknown' &&
            hops.some((hop) => hop.name !== 'consumer' && hop.status === 'unknown'),
        );
        if (!isUnseen) return;
        undecided += 1;
        expect(run(snapshot).verdict).toMatch(/^(?:unknown|not-ready)$/u);
      }),
      { numRuns: 1000, seed },
    );
    expect(undecided).toBeGreaterThan(100);
  }, 120_000);
});

const pathsWith = (fault: HopFault, name: HopName) => (snapshot: Snapshot) =>
  pathsIn(snapshot).map((path) => {
    const hops = path.hops.map((hop) => (hop.name === name ? hopFaults[fault](hop) : hop));
    return { ...path, hops, status: pathStatus(hops) };
  });

const unseeing = ['always passes', 'passes although its fact is hidden'] as const;

describe('a hop with a mistake', () => {
  it.each(hopNames.flatMap((name) => unseeing.map((fault) => [name, fault] as const)))(
    'is noticed in random worlds: %s %s',
    (name, fault) => {
      const paths = pathsWith(fault, name);
      const { failed } = fc.check(
        fc.property(
          arbitraryWorld,
          (world) => findFalsePasses(snapshotOfWorld(world), name, paths).length === 0,
        ),
        { numRuns: 5000, seed, endOnFailure: true },
      );
      expect(failed).toBe(true);
    },
  );
});

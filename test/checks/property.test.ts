import fc from 'fast-check';
import { registry } from '../../src/checks/registry';
import { openSnapshot } from '../../src/checks/view';
import { hostileSnapshot } from './hostile';
import { resultOf, run } from './world';

const peer = fc.constantFrom(undefined, 'west', 'lab', 'nobody', '__proto__');

describe('any cluster, however hostile and however much of it is hidden', () => {
  it('gives a report that JSON can hold, and no check throws', () => {
    fc.assert(
      fc.property(hostileSnapshot, peer, (snapshot, peer) => {
        const report = run(snapshot, { ...(peer !== undefined && { peer }) });
        expect(report.results.map(({ id }) => id)).toEqual(registry.map(({ id }) => id));
        expect(JSON.parse(JSON.stringify(report))).toStrictEqual(report);
      }),
      { numRuns: 400 },
    );
  });

  it('passes and skips nothing that was not seen', () => {
    fc.assert(
      fc.property(hostileSnapshot, peer, (snapshot, peer) => {
        const report = run(snapshot, { ...(peer !== undefined && { peer }) });
        const views = openSnapshot(snapshot, { peer });
        for (const check of registry) {
          const { status, reason, severity } = resultOf(report, check.id);
          const seen = check.inputs.map((input) => views.read(input).visibility);
          if (seen.includes('hidden')) expect([check.id, status]).toEqual([check.id, 'unknown']);
          if (seen.includes('partial')) expect([check.id, status]).not.toEqual([check.id, 'pass']);
          if (seen.includes('partial')) expect([check.id, status]).not.toEqual([check.id, 'skip']);
          if (status === 'unknown') expect([reason === '', severity]).toEqual([false, check.severity]);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is ready only where no error-level check is unknown', () => {
    fc.assert(
      fc.property(hostileSnapshot, (snapshot) => {
        const { verdict, results } = run(snapshot);
        const open = results.some(({ status, severity }) => status === 'unknown' && severity === 'error');
        if (open) expect(['not-ready', 'unknown']).toContain(verdict);
      }),
      { numRuns: 200 },
    );
  });
});

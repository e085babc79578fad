import fc from 'fast-check';
import { events, isEnd, next, transitions } from '../../../src/features/approvals/machine';
import { type State, states } from '../../../src/features/approvals/request';

const walk = (path: readonly (typeof events)[number][]): State[] =>
  path.reduce<State[]>(
    (seen, event) => [...seen, next(seen.at(-1) ?? 'pending', event) ?? seen.at(-1) ?? 'pending'],
    ['pending'],
  );

describe('the state machine of a request', () => {
  it('leaves no end state, and runs at most once, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 30 }), (path) => {
        const seen = walk(path);
        const firstEnd = seen.findIndex(isEnd);
        if (firstEnd !== -1) expect(new Set(seen.slice(firstEnd)).size).toBe(1);
        const runs = seen.filter((state, at) => state === 'running' && seen[at - 1] !== 'running');
        expect(runs.length).toBeLessThanOrEqual(1);
        if (seen.includes('running')) expect(seen).toContain('approved');
      }),
    );
  });

  it('has a way to an end from every state', () => {
    const reaches = (state: State, seen: readonly State[] = []): boolean =>
      isEnd(state) ||
      Object.values(transitions[state]).some((to) => !seen.includes(to) && reaches(to, [...seen, state]));
    expect(states.filter((state) => !reaches(state))).toEqual([]);
  });
});

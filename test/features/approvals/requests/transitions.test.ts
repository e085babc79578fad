import fc from 'fast-check';
import { RequestEvent, isEnd, nextState } from '../../../../src/features/approvals/requests/transitions';
import { RequestState } from '../../../../src/features/approvals/requests/request';

const walk = (path: readonly (typeof RequestEvent.options)[number][]): RequestState[] =>
  path.reduce<RequestState[]>(
    (seen, event) => [...seen, nextState(seen.at(-1) ?? 'pending', event) ?? seen.at(-1) ?? 'pending'],
    ['pending'],
  );

describe('the state machine of a request', () => {
  it('leaves no end state, and runs at most once, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...RequestEvent.options), { maxLength: 30 }), (path) => {
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
    const reaches = (state: RequestState, seen: readonly RequestState[] = []): boolean =>
      isEnd(state) ||
      RequestEvent.options
        .flatMap((event) => nextState(state, event) ?? [])
        .some((to) => !seen.includes(to) && reaches(to, [...seen, state]));
    expect(RequestState.options.filter((state) => !reaches(state))).toEqual([]);
  });
});

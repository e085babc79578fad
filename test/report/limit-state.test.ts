import { stateOf } from '../../src/checks/changes/state-of';
import { changeSnapshot } from '../../src/checks/examples/healthy';
import { compareStates } from '../../src/report/compare-states';
import { limitState } from '../../src/report/limit-state';
import { resolverEntry } from '../checks/changes';

describe('a state that is stored', () => {
  const hash = (text: string) =>
    `${text.length}:${Array.from(text).reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 1e9, 7)}`;
  const many = (peer: string) =>
    changeSnapshot({
      serviceResolvers: Array.from({ length: 200 }, (_, at) =>
        resolverEntry(`service-${at}`, {
          Redirect: { Service: 'x'.repeat(200), Peer: at === 77 ? peer : 'west' },
        }),
      ),
    });

  it('keeps hashes where values are too large, which still show what changed', () => {
    const [before, after] = ['west', 'wset'].map((peer) => limitState(stateOf(many(peer)), 30_000, hash));
    if (!before || !after) throw new Error('no state');
    expect(JSON.stringify(before).length).toBeLessThan(32_000);
    const { changes } = compareStates(before, after);
    expect(changes.map(({ subject, unknown }) => [subject.name, unknown])).toEqual([
      ['service-77', 'too-large'],
    ]);
  });

  it('leaves out rows where even hashes are too large, and finds none of them gone', () => {
    const whole = limitState(stateOf(many('west')), 1_000_000, hash);
    const small = limitState(stateOf(many('west')), 5_000, hash);
    expect(small.leftOut).toBeGreaterThan(0);
    expect(JSON.stringify(small).length).toBeLessThan(8_000);
    expect(compareStates(whole, small).changes).toEqual([]);
    expect(compareStates(small, whole).changes).toEqual([]);
  });

  it('stays small with hostile names', () => {
    const hostile = changeSnapshot({
      serviceResolvers: Array.from({ length: 50 }, (_, at) => resolverEntry(`${at}${'n'.repeat(4000)}`, {})),
    });
    expect(JSON.stringify(limitState(stateOf(hostile), 20_000, hash)).length).toBeLessThan(24_000);
  });
});

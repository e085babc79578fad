import { limitChecks } from '../../src/clusters/limit-checks';
import type { ClusterReport, RunCheck } from '../../src/clusters/run-check';
import { clusterOf } from '../slack/support';

const failed: ClusterReport = {
  ok: false,
  error: { cause: 'timeout', message: 'no answer', temporary: true },
};

describe('checks in turns', () => {
  const options = (signal = new AbortController().signal) => ({
    peer: null,
    requestId: 'r',
    otherSides: [],
    signal,
    onProgress: () => undefined,
  });
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const check: RunCheck = ({ name }) => {
    started.push(name);
    return new Promise((resolve) => ends.push(() => resolve(failed)));
  };
  beforeEach(() => {
    started.length = 0;
    ends.length = 0;
  });

  it('run a limited number at once, in the order in which they came, also if one throws', async () => {
    const limited = limitChecks(
      (cluster, given) => (cluster.name === 'b' ? Promise.reject(new Error('a bug')) : check(cluster, given)),
      2,
    );
    const runs = ['a', 'b', 'c', 'd'].map((name) => limited(clusterOf(name), options()).catch(() => 'threw'));
    expect(await runs[1]).toBe('threw');
    await new Promise(setImmediate);
    expect(started).toEqual(['a', 'c']);
    for (const end of ends) end();
    await runs[0];
    await new Promise(setImmediate);
    expect(started).toEqual(['a', 'c', 'd']);
    ends[2]?.();
    expect(await Promise.all(runs)).toEqual([failed, 'threw', failed, failed]);
  });

  it('end with their signal while they wait', async () => {
    const limited = limitChecks(check, 1);
    const first = limited(clusterOf('a'), options());
    const stop = new AbortController();
    const second = limited(clusterOf('b'), options(stop.signal));
    stop.abort();
    expect(await second).toMatchObject({ ok: false, error: { temporary: true } });
    ends[0]?.();
    expect(await first).toEqual(failed);
    expect(started).toEqual(['a']);
  });
});

import { runChecks } from '../../src/checks/runner';
import { warmUp } from '../../src/clusters/warm-up';
import type { Report } from '../../src/report/report';
import type { Snapshot } from '../../src/snapshot/snapshot';

const run = async (
  signal: AbortSignal,
  onCheck: () => void = () => undefined,
): Promise<readonly { readonly snapshot: Snapshot; readonly report: Report }[]> => {
  const checked: { readonly snapshot: Snapshot; readonly report: Report }[] = [];
  await warmUp((snapshot) => {
    checked.push({ snapshot, report: runChecks(snapshot) });
    onCheck();
  }, signal);
  return checked;
};

describe('the warm-up of a process', () => {
  it('reads all that a check reads, and finds nothing wrong', async () => {
    const end = new AbortController();
    let passes = 0;
    const checked = await run(end.signal, () => {
      passes += 1;
      if (passes === 2) end.abort();
    });
    expect(checked).toHaveLength(2);
    for (const { snapshot, report } of checked) {
      const hidden = Object.entries(snapshot.sections)
        .filter(([, { visibility }]) => visibility !== 'visible')
        .map(([name]) => name);
      // Neither is read from Consul without settings of the cluster or a store.
      expect(hidden.sort()).toEqual(['pendingSince', 'probes']);
      const { peers, results } = report;
      expect(results.filter(({ status, severity }) => status === 'fail' && severity === 'error')).toEqual([]);
      // Paths are where most of the code is.
      expect(peers.map(({ name, paths }) => [name, paths && paths.pass + paths.unknown > 0])).toEqual([
        ['west', true],
      ]);
    }
  });

  it('reads values of the fields that Consul always sends', async () => {
    const end = new AbortController();
    const [first] = await run(end.signal, () => end.abort());
    const read = new Set(JSON.stringify(first?.snapshot).match(/"\w+":(?!null|undefined)/g));
    for (const field of ['Expose', 'MeshGateway', 'Weights', 'Connect', 'Remote', 'TLS'])
      expect([field, read.has(`"${field}":`)]).toEqual([field, true]);
  });

  it('ends with the signal, which a job sends', async () => {
    const end = new AbortController();
    expect(await run(end.signal, () => end.abort())).toHaveLength(1);
    expect(await run(end.signal)).toEqual([]);
  });
});

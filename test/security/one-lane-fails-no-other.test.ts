import { runDigest } from '../../src/features/digests/run-digest';
import { describeWith } from '../lab/binaries';
import { useStage } from '../features/digests/stage';

describeWith(['redis'], 'a digest of several clusters', () => {
  const stage = useStage();

  it('tells of all others where reading one of them throws', async () => {
    const here = await stage({ clusters: ['hostile', 'a', 'b', 'c', 'd', 'e'] });
    const digest = await here.add();
    const { tools } = here;
    const check: typeof tools.check = async (cluster, options) => {
      if (cluster.name === 'hostile') throw new RangeError('Maximum call stack size exceeded');
      return tools.check(cluster, options);
    };
    const payload = { digest: digest.id, planned: Date.now(), requestedBy: null };
    expect(await here.run(runDigest, payload, {}, { ...tools, check })).toEqual({ kind: 'done', as: 'told' });
    const { run = '' } = await tools.digestRuns.state(digest.id);
    const rows = await tools.digestRuns.rows(run);
    const unreadable = [...rows].filter(([, { verdict }]) => verdict === null).map(([name]) => name);
    expect([rows.size, unreadable]).toEqual([6, ['hostile']]);
  });
});

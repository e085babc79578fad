import { gatherWithOtherSides } from '../../src/snapshot/gather-with-other-sides';
import type { HiddenReason } from '../../src/snapshot/snapshot';
import { describeOnVersions } from '../lab/consul';
import { type PeeredPair, startPeeredPair } from '../lab/pair';
import { clientOf, sectionsThatAre, valueOf } from './reading';

describeOnVersions('a cluster observed with its other sides', (version) => {
  let pair: PeeredPair;
  beforeAll(async () => {
    pair = await startPeeredPair({ version });
  }, 60_000);
  afterAll(() => pair.stop());

  it('holds the upstreams of the other side, and no other sides of that', async () => {
    const east = clientOf(pair.east.agent);
    const west = clientOf(pair.west.agent);
    const steps: (readonly [number, number])[] = [];
    const snapshot = await gatherWithOtherSides({
      cluster: { name: 'prod-east' },
      client: east,
      otherSides: { west: { name: 'prod-west', client: west } },
      onProgress: (done, total) => steps.push([done, total]),
    });
    east.close();
    west.close();
    const [side] = valueOf(snapshot, 'otherSides');
    expect(side).toMatchObject({ peer: 'west', cluster: 'prod-west', snapshot: { visibility: 'visible' } });
    if (side?.snapshot.visibility !== 'visible') throw new Error('not seen');
    expect(valueOf(side.snapshot.value, 'sidecars')).toMatchObject([{ service: 'web-sidecar-proxy' }]);
    expect(valueOf(side.snapshot.value, 'peerings').list).toMatchObject([{ Name: 'east' }]);
    expect(sectionsThatAre(side.snapshot.value, 'visible')).not.toContain('servers');
    expect(side.snapshot.value.sections.otherSides.visibility).toBe('hidden');

    const [done, total] = steps.at(-1) ?? [0, 0];
    expect(done).toBe(total);
    expect(steps.every(([some, all]) => some <= all)).toBe(true);
  });

  it('says why another side could not be read', async () => {
    const missing: HiddenReason = { kind: 'not-gathered', endpoint: '', message: 'CONSUL_TOKEN is not set' };
    const client = clientOf(pair.east.agent);
    const snapshot = await gatherWithOtherSides({
      cluster: { name: 'prod-east' },
      client,
      otherSides: { west: { name: 'prod-west', missing } },
    });
    client.close();
    expect(valueOf(snapshot, 'otherSides')).toEqual([
      { peer: 'west', cluster: 'prod-west', snapshot: { visibility: 'hidden', reason: missing } },
    ]);
  });

  it('leaves out the other sides of other peers', async () => {
    const client = clientOf(pair.east.agent);
    const snapshot = await gatherWithOtherSides({
      cluster: { name: 'prod-east' },
      client,
      peer: 'south',
      otherSides: { west: { name: 'prod-west', client } },
    });
    client.close();
    expect(valueOf(snapshot, 'otherSides')).toEqual([]);
  });
});

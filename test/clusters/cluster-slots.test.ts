import { createClusterSlots } from '../../src/clusters/cluster-slots';

const start = 1_000_000;

describe('the slots of clusters', () => {
  it('run two jobs of a cluster at once, and others beside them', () => {
    const clusterSlots = createClusterSlots(5);
    const done = clusterSlots.take('a', start);
    expect(clusterSlots.take('a', start)).toBeDefined();
    expect(clusterSlots.take('a', start)).toBeUndefined();
    expect(clusterSlots.take('b', start)).toBeDefined();
    done?.(start + 10);
    expect(clusterSlots.take('a', start + 10)).toBeDefined();
  });

  it('leave half of the slots to clusters that answer', () => {
    const clusterSlots = createClusterSlots(5);
    const slow = ['a', 'b', 'c'].map((cluster) => clusterSlots.take(cluster, start));
    for (const done of slow) done?.(start + 60_000);
    const endMs = start + 61_000;
    expect(['a', 'b', 'c'].map((cluster) => clusterSlots.take(cluster, endMs) !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
    expect(clusterSlots.take('fast', endMs)).toBeDefined();
  });

  it('count a cluster as slow while its job takes long, and no longer once it answers soon', () => {
    const clusterSlots = createClusterSlots(3);
    const first = clusterSlots.take('a', start);
    expect(clusterSlots.take('a', start + 9000)).toBeUndefined();
    first?.(start + 9000);
    const second = clusterSlots.take('a', start + 10_000);
    second?.(start + 10_100);
    expect(clusterSlots.take('a', start + 10_200)).toBeDefined();
    expect(clusterSlots.take('a', start + 10_200)).toBeDefined();
  });

  it('always leave one slot to a slow cluster', () => {
    const clusterSlots = createClusterSlots(1);
    clusterSlots.take('a', start)?.(start + 60_000);
    expect(clusterSlots.take('a', start + 61_000)).toBeDefined();
  });
});

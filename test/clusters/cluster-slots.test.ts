import { createClusterSlots } from '../../src/clusters/cluster-slots';

const start = 1_000_000;

describe('the slots of clusters', () => {
  it('run two jobs of a cluster at once, and others beside them', () => {
    const slots = createClusterSlots(5);
    const done = slots.take('a', start);
    expect(slots.take('a', start)).toBeDefined();
    expect(slots.take('a', start)).toBeUndefined();
    expect(slots.take('b', start)).toBeDefined();
    done?.(start + 10);
    expect(slots.take('a', start + 10)).toBeDefined();
  });

  it('leave half of the slots to clusters that answer', () => {
    const slots = createClusterSlots(5);
    const slow = ['a', 'b', 'c'].map((cluster) => slots.take(cluster, start));
    for (const done of slow) done?.(start + 60_000);
    const later = start + 61_000;
    expect(['a', 'b', 'c'].map((cluster) => slots.take(cluster, later) !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
    expect(slots.take('fast', later)).toBeDefined();
  });

  it('count a cluster as slow while its job takes long, and no longer once it answers soon', () => {
    const slots = createClusterSlots(3);
    const first = slots.take('a', start);
    expect(slots.take('a', start + 9000)).toBeUndefined();
    first?.(start + 9000);
    const second = slots.take('a', start + 10_000);
    second?.(start + 10_100);
    expect(slots.take('a', start + 10_200)).toBeDefined();
    expect(slots.take('a', start + 10_200)).toBeDefined();
  });

  it('always leave one slot to a slow cluster', () => {
    const slots = createClusterSlots(1);
    slots.take('a', start)?.(start + 60_000);
    expect(slots.take('a', start + 61_000)).toBeDefined();
  });
});

import { defineView } from '../view';

/**
 * The primary datacenter of the WAN federation that the cluster is a secondary of; undefined where it is none. All
 * agents of a federation know the same primary, also one that answers for another datacenter.
 */
export const primaryDatacenterView = defineView({
  name: 'primaryDatacenter',
  description: 'the primary datacenter of a WAN federation: `Config.PrimaryDatacenter` in `/v1/agent/self`',
  needs: ['agent', 'cluster'],
  compute: ({ agent, cluster }): string | undefined => {
    const primary = agent.Config.PrimaryDatacenter;
    const own = cluster.datacenter || agent.Config.Datacenter;
    return primary !== '' && primary.toLowerCase() !== own.toLowerCase() ? primary : undefined;
  },
});

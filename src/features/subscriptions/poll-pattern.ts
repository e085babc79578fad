import type { ClusterConfig } from '../../config/config';
import { otherSidesOf } from '../../config/other-sides';
import { createSemaphore } from '../../consul/semaphore';
import type { JobRun } from '../../queue/define';
import { mergeObservations } from '../../report/track-changes';
import { pollCluster, type Polled, unreadPoll } from './poll-cluster';
import type { PollServices } from './services';
import type { Subscription } from './subscriptions.store';
import type { ClusterPoll, Watch } from './watches.store';
import { shareSignal } from '../../share-signal';

/** Clusters whose reports are in memory at once. */
const maxAtOnce = 4;

type Context = Pick<PollServices, 'check' | 'reports' | 'reach'> & Pick<JobRun, 'id' | 'signal'>;

interface PatternTarget {
  /** The clusters that match and that the owner may see. */
  readonly clusters: readonly ClusterConfig[];
  /** All clusters that the owner may see. */
  readonly visible: readonly string[];
  readonly watch: Watch | undefined;
}

/** Observes several clusters as one. A cluster that does not answer keeps no other waiting. */
export const pollPattern = async (
  subscription: Subscription,
  { clusters, visible, watch }: PatternTarget,
  context: Context,
): Promise<Polled> => {
  const { id, signal, reach } = context;
  const semaphore = createSemaphore(maxAtOnce);
  shareSignal(signal);
  const pollOne = async (cluster: ClusterConfig): Promise<readonly [string, Polled]> => {
    const { name } = cluster;
    const reached = await reach(cluster, signal);
    if (!reached.ok) return [name, unreadPoll(reached.error.message)];
    if (!(await semaphore.acquire(signal))) return [name, unreadPoll('the poll was cancelled')];
    const otherSides = otherSidesOf(cluster).filter((side) => visible.includes(side));
    const target = { cluster, otherSides, before: watch?.look.clusters?.[name] };
    const polled = await pollCluster({ ...subscription, cluster: name }, target, {
      ...context,
      id: `${id}/${name}`,
    }).finally(semaphore.release);
    return [name, polled];
  };
  const polled = await Promise.all(clusters.map(pollOne));
  const at = Date.now();
  const states = polled.map(([name, { observation, poll }]): readonly [string, ClusterPoll] => {
    const { problem, run, own, startedMs } = poll;
    return [name, { verdict: observation.verdict, problem, run, own, startedMs }];
  });
  return {
    observation: mergeObservations(new Map(polled.map(([name, { observation }]) => [name, observation]))),
    poll: {
      at,
      summary: null,
      problem: null,
      run: null,
      own: false,
      startedMs: at,
      clusters: Object.fromEntries(states),
    },
  };
};

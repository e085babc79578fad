import { z } from 'zod';
import type { Isolated } from '../../clusters/isolated';
import type { Config } from '../../config/config';
import { isProbedFrom, probeQueueOf } from '../../config/probe-queue';
import { defineJob, type Job } from '../../queue/define';
import type { SecondOutcomes } from './outcomes.store';

/** Only the name of a cluster: the worker reads the addresses itself, so a forged job can name none. */
const ClusterToProbe = z.strictObject({ cluster: z.string().max(64) });
type ClusterToProbe = z.infer<typeof ClusterToProbe>;

export interface ProbeServices {
  /** The configuration of the worker itself. */
  readonly config: Config;
  readonly probe: Isolated['probe'];
  readonly secondOutcomes: SecondOutcomes;
}

/** Age at which a job is dropped, in ms: a check that died left it. The clocks of two machines may differ. */
const maxAgeMs = 5 * 60_000;

/** Defines the one job of a vantage point: it probes the addresses that a cluster hands out. */
export const defineProbeJob = (vantagePoint: string): Job<ClusterToProbe, ProbeServices> =>
  defineJob<ClusterToProbe, ProbeServices>({
    name: 'probe-cluster',
    queue: probeQueueOf(vantagePoint),
    payload: ClusterToProbe,
    options: { attempts: 1, backoffMs: 1000 },

    handle: async ({ id, since, payload, config, probe, secondOutcomes, signal, log }) => {
      if (Date.now() - since > maxAgeMs) return { kind: 'done', as: 'too-late' };
      const cluster = config.clusters.get(payload.cluster);
      if (cluster === undefined || !isProbedFrom(cluster, vantagePoint)) {
        log.warn(
          { cluster: payload.cluster, vantagePoint },
          'not probed: the clusters file of this worker does not say probe.from for it',
        );
        await secondOutcomes.put(id, 'not-configured');
        return { kind: 'done', as: 'not-configured' };
      }
      const probed = await probe(cluster, { requestId: id, signal });
      if (!probed.ok) {
        log.warn({ cluster: cluster.name, reason: probed.error.message }, 'could not read the cluster');
        await secondOutcomes.put(id, 'unreadable');
        return { kind: 'done', as: 'unreadable' };
      }
      await secondOutcomes.put(id, probed.value);
      return { kind: 'done', as: 'probed' };
    },

    // The check goes on without it.
    abandon: async ({ payload, log }) => log.error({ cluster: payload.cluster }, 'could not probe'),
  });

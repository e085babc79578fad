import type { WebClientOptions } from '@slack/web-api';
import type { Config } from '../../config/config';
import type { Env } from '../../config/env';
import { vantagePointsOf } from '../../config/probe-queue';
import type { Environment } from '../../config/secret';
import type { Sealer } from '../../signing/seal-record';
import { examineClusters } from './examine-clusters';
import { examineAlertmanager } from './examine-alertmanager';
import { examineReceivers } from './examine-receivers';
import { examineRedis } from './examine-redis';
import { examineTraces } from './examine-traces';
import { examineSlack } from './examine-slack';
import { type DoctorLine, linesOf } from './finding';

export interface InstallationParts {
  /** Lines about the configuration. */
  readonly configuration: readonly DoctorLine[];
  /** Undefined if the environment has problems. */
  readonly env: Pick<Env, 'slack' | 'port'> | undefined;
  /** Undefined if the clusters file has problems. */
  readonly config: Config | undefined;
  /** The clusters to examine. */
  readonly clusters: readonly string[];
  readonly redisUrl: string | undefined;
  readonly sealer: Sealer | undefined;
  readonly environment: Environment;
  /** False for a process that must not read the `peering_token` of clusters. */
  readonly readsPeeringTokens: boolean;
  readonly slackOptions: WebClientOptions | undefined;
  readonly signal: AbortSignal;
}

/** Examines all parts of the installation. A part that cannot be examined does not stop the others. */
export const examineInstallation = async (parts: InstallationParts): Promise<readonly DoctorLine[]> => {
  const { configuration, env, config, clusters, redisUrl, sealer, environment, slackOptions, signal } = parts;
  const examined = clusters.flatMap((name) => config?.clusters.get(name) ?? []);
  const [redis, ofClusters, traces] = await Promise.all([
    redisUrl ? examineRedis(redisUrl, sealer, vantagePointsOf(examined)) : { lines: [], digestChannels: [] },
    config === undefined
      ? []
      : examineClusters(examined, {
          config,
          env: environment,
          readsPeeringTokens: parts.readsPeeringTokens,
          signal,
        }),
    examineTraces(environment),
  ]);
  const slack =
    env !== undefined && config !== undefined && slackOptions !== undefined
      ? await examineSlack({
          env,
          config,
          digestChannels: [...redis.digestChannels, ...(config.digests ?? []).map(({ channel }) => channel)],
          options: slackOptions,
        })
      : [linesOf('Slack').unknown('not checked, because the configuration above has problems')];
  const alerts = config === undefined ? [] : examineAlertmanager(config, env, environment);
  const receivers = config === undefined ? [] : examineReceivers(config, environment);
  return [...configuration, ...receivers, ...alerts, ...slack, ...redis.lines, ...traces, ...ofClusters];
};

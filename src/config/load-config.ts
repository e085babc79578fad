import { accessSync, constants } from 'node:fs';
import type { ClusterConfig, Config, SecretRef } from './config';
import { readClustersFile } from './clusters-file';
import type { SoundClusters } from './parse-clusters-file';
import { type Env, readEnv } from './env';
import type { ProcessUses } from './process-uses';
import { isProbedFrom } from './probe-queue';
import { failure, type Result, success } from '../result';
import type { Problem } from './problem';
import { type Environment, readSecret } from './secret';

/**
 * Loads the configuration of a process: the clusters file and the environment. Also reads every secret and file that
 * its roles and queues use, once. Returns all mistakes together.
 */
export const loadConfig = (
  file: string,
  env: Environment,
  uses: ProcessUses,
): Result<{ readonly config: Config; readonly env: Env }, readonly Problem[]> => {
  const clusters = readClustersFile(file);
  const environment = readEnv(env, uses);
  const problems = [
    ...(clusters.ok ? [] : clusters.error),
    ...findUnreadableFiles(clusters.sound, file, env, uses),
    ...(environment.ok ? [] : environment.error),
  ];
  if (problems.length > 0 || !clusters.ok || !environment.ok) return failure(problems);
  return success({ config: clusters.value, env: environment.value });
};

/** Finds the secrets and files of this process that cannot be read. */
export const findUnreadableFiles = (
  { clusters, positionOf }: SoundClusters,
  file: string,
  env: Environment,
  uses: ProcessUses,
): readonly Problem[] => {
  if (!uses.roles.includes('worker')) return [];
  const { probeFrom } = uses;
  const reads =
    uses.queues.includes('checks') || uses.queues.includes('digests') || uses.queues.includes('tokens');
  const writes = uses.queues.includes('tokens');
  const found = clusters.flatMap((cluster) => [
    ...(reads || (probeFrom !== undefined && isProbedFrom(cluster, probeFrom))
      ? clusterProblems(cluster, env)
      : []),
    ...(writes ? secretProblem(cluster, ['peering_token'], cluster.peeringToken, env) : []),
  ]);
  return found.map(({ path, message }) => ({ file, path: path.join('.'), message, ...positionOf(path) }));
};

interface Missing {
  readonly path: readonly string[];
  readonly message: string;
}

/** Finds the token and TLS files of one cluster that cannot be read. */
const clusterProblems = (cluster: ClusterConfig, env: Environment): readonly Missing[] => [
  ...secretProblem(cluster, ['token'], cluster.token, env),
  ...secretProblem(cluster, ['proxy', 'password'], cluster.proxy?.password, env),
  ...(['caFile', 'certFile', 'keyFile'] as const).flatMap((key): Missing[] => {
    const path = cluster.tls[key];
    if (path === undefined) return [];
    try {
      accessSync(path, constants.R_OK);
      return [];
    } catch {
      const name = { caFile: 'ca_file', certFile: 'cert_file', keyFile: 'key_file' }[key];
      return [{ path: ['clusters', cluster.name, 'tls', name], message: `the file ${path} cannot be read` }];
    }
  }),
];

const secretProblem = (
  cluster: ClusterConfig,
  key: readonly string[],
  ref: SecretRef | undefined,
  env: Environment,
): readonly Missing[] => {
  if (ref === undefined) return [];
  const secret = readSecret(ref, env);
  return secret.ok ? [] : [{ path: ['clusters', cluster.name, ...key], message: secret.error }];
};

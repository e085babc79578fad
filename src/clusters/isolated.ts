import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Logger } from 'pino';
import { budget } from '../config/budget';
import type { ClusterConfig, Config } from '../config/config';
import type { Environment } from '../config/secret';
import { failure, type Result } from '../result';
import type { SecondProbes } from '../snapshot/second-probes';
import type { TraceQuery } from '../checks/trace';
import type {
  AclAnswer,
  CheckAnswer,
  ImpactAnswer,
  PeeringsAnswer,
  ProbeAnswer,
  ProcessJob,
  SecondMessage,
  TraceAnswer,
  WhatIfAnswer,
  WhatIfJob,
} from './process-messages';
import type { ProcessEnd, ProcessPool } from './process-pool';
import { noTracing, type Tracing } from '../tracing/tracing';
import type { UnreadableCluster } from './unreadable';

const expand = promisify(gunzip);

interface IsolatedParts {
  readonly config: Pick<Config, 'clusters'>;
  /** Holds the secrets that the configuration names. */
  readonly environment: Environment;
  readonly pool: Pick<ProcessPool, 'run'>;
  readonly log: Logger;
  readonly tracing?: Tracing;
}

interface Request {
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

interface SidesRequest extends Request {
  /** Clusters that may also be read if they are the other side of a peering. */
  readonly otherSides: readonly string[];
}

/** Reads clusters in processes of their own. A killed process, or an error in one, is a failure that is returned. */
export interface Isolated {
  readonly check: (
    cluster: ClusterConfig,
    options: SidesRequest & {
      readonly peer: string | null;
      readonly pendingSince: Readonly<Record<string, string>>;
      /** Resolves to what the second vantage point found; never rejects. Absent: there is none. */
      readonly second?: Promise<SecondProbes> | undefined;
    },
  ) => Promise<CheckAnswer>;
  /** Probes the addresses that a cluster hands out. */
  readonly probe: (cluster: ClusterConfig, options: Request) => Promise<ProbeAnswer>;
  readonly inspectAcl: (
    cluster: ClusterConfig,
    options: Request & { readonly accessor: string | null },
  ) => Promise<AclAnswer>;
  readonly listPeerings: (cluster: ClusterConfig, options: Request) => Promise<PeeringsAnswer>;
  readonly trace: (
    cluster: ClusterConfig,
    options: SidesRequest & { readonly query: TraceQuery },
  ) => Promise<TraceAnswer>;
  readonly foretell: (
    cluster: ClusterConfig,
    options: SidesRequest & Pick<WhatIfJob, 'files' | 'pendingSince' | 'severities' | 'mutes'>,
  ) => Promise<WhatIfAnswer>;
  readonly findImpact: (
    cluster: ClusterConfig,
    options: SidesRequest & { readonly part: string },
  ) => Promise<ImpactAnswer>;
}

/** Maximum size of an answer, in bytes: a few times that of a report. */
const maxAnswerBytes = 8 * budget.reportBytes;

export const createIsolated = ({
  config,
  environment,
  pool,
  log,
  tracing = noTracing,
}: IsolatedParts): Isolated => {
  const runJob = async <T>(
    job: ProcessJob,
    { requestId: request, signal, onProgress }: Request,
    follows?: Promise<SecondMessage>,
  ): Promise<Result<T, UnreadableCluster>> => {
    const cluster = job.cluster.name;
    const ran = await pool.run(job, {
      signal,
      onProgress,
      follows,
      onBug: ({ where, ...error }) =>
        log.error({ request, cluster, where, err: error }, 'reading or checking a cluster threw'),
    });
    if (!ran.ok) {
      if (ran.error !== 'cancelled') log.error({ request, cluster, end: ran.error }, 'a check was stopped');
      return failure(stopped(ran.error, request));
    }
    try {
      const text = (await expand(ran.value, { maxOutputLength: maxAnswerBytes })).toString();
      return JSON.parse(text) as Result<T, UnreadableCluster>;
    } catch {
      log.error({ request, cluster }, 'the answer of a check cannot be read');
      return failure(stopped('crashed', request));
    }
  };

  const run = <T>(
    job: ProcessJob,
    ...rest: [Request, Promise<SecondMessage>?]
  ): Promise<Result<T, UnreadableCluster>> =>
    tracing.inSpan(
      {
        name: 'read cluster',
        attributes: { 'peering_bot.cluster': job.cluster.name, 'peering_bot.read': job.kind },
      },
      async () => {
        const answer = await runJob<T>(job, ...rest);
        if (!answer.ok)
          tracing.annotate({ attributes: { 'peering_bot.outcome': answer.error.cause }, failed: true });
        return answer;
      },
    );

  const withOthers = (configured: ClusterConfig, otherSides: readonly string[]) => {
    const cluster = onlyOtherSides(configured, otherSides);
    const others = Object.values(cluster.peers).flatMap((name) => config.clusters.get(name) ?? []);
    return {
      cluster: withoutWriteToken(cluster),
      others: others.map(withoutWriteToken),
      environment: secretsOf([cluster, ...others], environment),
    };
  };

  const alone = (cluster: ClusterConfig) => ({
    cluster: withoutWriteToken(cluster),
    environment: secretsOf([cluster], environment),
  });

  return {
    check: async (cluster, { peer, pendingSince, otherSides, second, ...request }) =>
      run(
        {
          kind: 'check',
          ...withOthers(cluster, otherSides),
          peer,
          pendingSince,
          awaitsSecond: second !== undefined,
        },
        request,
        second?.then((found) => ({ kind: 'second', second: found })),
      ),
    trace: async (cluster, { query, otherSides, ...request }) =>
      run({ kind: 'trace', ...withOthers(cluster, otherSides), query }, request),
    foretell: async (cluster, { files, pendingSince, severities, mutes, otherSides, ...request }) =>
      run(
        {
          kind: 'what-if',
          ...withOthers(cluster, otherSides),
          files,
          pendingSince,
          severities,
          mutes,
        },
        request,
      ),
    findImpact: async (cluster, { part, otherSides, ...request }) =>
      run({ kind: 'impact', ...withOthers(cluster, otherSides), part }, request),
    listPeerings: (cluster, request) => run({ kind: 'peerings', ...alone(cluster) }, request),
    probe: (cluster, request) => run({ kind: 'probe', ...alone(cluster) }, request),
    inspectAcl: async (cluster, { accessor, ...request }) => {
      const job = { kind: 'acl', ...alone(cluster), accessor } as const;
      const ran = await run(job, request);
      // An error of the job itself has a kind already.
      return (
        ran.ok || 'kind' in ran.error ? ran : failure({ kind: 'cannot-read', ...ran.error })
      ) as AclAnswer;
    },
  };
};

/** Keeps only the peers whose clusters may be read. For everyone else, it is as if the others were not configured. */
export const onlyOtherSides = (cluster: ClusterConfig, otherSides: readonly string[]): ClusterConfig => ({
  ...cluster,
  peers: Object.fromEntries(Object.entries(cluster.peers).filter(([, other]) => otherSides.includes(other))),
});

const withoutWriteToken = ({ peeringToken: _, ...cluster }: ClusterConfig): ClusterConfig => cluster;

/** The variables that hold the tokens of these clusters, and no others. */
const secretsOf = (clusters: readonly ClusterConfig[], environment: Environment): Environment =>
  Object.fromEntries(
    clusters
      .flatMap(({ token, proxy }) => [token, proxy?.password])
      .flatMap((ref) => (ref !== undefined && 'env' in ref ? [[ref.env, environment[ref.env]]] : [])),
  );

/** Explains why a job ended without an answer. Unless it was cancelled, a retry would cost as much and end like this. */
const stopped = (end: ProcessEnd, requestId: string): UnreadableCluster => {
  if (end === 'out-of-memory') {
    const message = `the check needed more than ${budget.processMiB} MiB of memory and was stopped`;
    return { cause: 'out-of-memory', message, temporary: false };
  }
  if (end === 'deadline') {
    const message = `the check took longer than ${budget.processMs / 1000} s and was stopped`;
    return { cause: 'deadline', message, temporary: false };
  }
  if (end === 'cancelled') return { cause: 'timeout', message: 'the check was cancelled', temporary: true };
  const message = `internal error (request id "${requestId}"); the log of the bot has the details under this id`;
  return { cause: 'internal', message, temporary: false };
};

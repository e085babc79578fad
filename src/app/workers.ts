import { randomUUID } from 'node:crypto';
import { dropDoubles } from '../slack/drop-doubles';
import { budget } from '../config/budget';
import { createClusterSlots } from '../clusters/cluster-slots';
import { createReachCluster } from '../clusters/reach-cluster';
import { createClients } from '../clusters/clients';
import { createSemaphore } from '../consul/semaphore';
import { limitChecks } from '../clusters/limit-checks';
import { createIsolated } from '../clusters/isolated';
import { createProcessPool } from '../clusters/process-pool';
import { severityRulesOf } from '../clusters/configured-rules';
import { createForetellChange } from '../clusters/foretell-change';
import { createRunCheck } from '../clusters/run-check';
import { traceCheck } from '../clusters/trace-check';
import { createCheckLocks } from '../features/check/check-locks.store';
import { createTokenServices } from '../features/approvals/jobs/create-services';
import { isApprovalSetUp } from '../features/approvals/approvers/yeses';
import { startSweeper, type Sweeper } from '../features/approvals/reconcile/sweeper';
import { addChanges } from '../features/history';
import { examineConfiguration, examineInstallation } from '../features/doctor';
import { createReceiverLimits } from '../features/events';
import { startDigestSync } from '../features/digests/sync';
import { createZoneOf } from '../features/digests/zone-of';
import { createAskSecond, createSecondOutcomes } from '../features/second-probe';
import { startSubscriptionSync } from '../features/subscriptions/sync';
import { startWorker } from '../queue/worker';
import { withThreadStatus } from '../slack/thread-status';
import { createOutbox } from '../slack/api/outbox/outbox';
import { createPoster } from '../slack/api/poster';
import { createReadSharedFile } from '../slack/api/shared-file';
import { createRateLimiter } from '../slack/api/rate-limiter.store';
import { derive } from './current-config';
import { clientOptions, type Connections, openRedis } from './connections';
import { type JobServices, jobs } from './jobs';

/** Time for running jobs at shutdown, in ms; then they return to the queue. */
const graceMs = 6000;
/** Time for jobs that write to two clusters, which cannot return to the queue half done. */
const tokensGraceMs = 42_000;
/** Maximum scheduled checks at once in one process, so that people do not wait for them. */
const scheduledChecks = 4;
/** Clusters that checks of several clusters read at once in one process, so that checks of one cluster do not wait for them. */
const fleetLanes = 4;
/** Factor for scheduled jobs at once, since they mostly wait for a check or for a channel. */
const scheduledShare = 4;
/** Maximum time for Redis to accept a follow-up job, in ms. */
const queueingMs = 1500;

/** Starts a worker for each queue of this process that has jobs. */
export const startWorkers = (connections: Connections): { readonly stop: () => Promise<void> } => {
  const {
    configuration,
    environment,
    uses,
    log,
    concurrency = 5,
    redis,
    client,
    identity,
    monitor,
    slackNetwork,
    tracing,
  } = connections;
  const { env, stores, sealer, producer, authorizer, rationale } = connections;
  const connection = openRedis(connections.address, 'working', log);
  const pool = createProcessPool({
    // One more than the jobs that people wait for, so that scheduled checks never take all.
    count: concurrency + 1,
    memoryMiB: budget.processMiB,
    deadlineMs: budget.processMs,
    environment,
    onCall: monitor.consulCalled,
  });
  const reaching = createReachCluster(environment, monitor.consulCalled);
  const tokens = openTokens(connections);
  const rateLimiter = createRateLimiter(redis);
  const poster = createPoster({
    client,
    botUserId: identity.userId,
    rateLimiter,
    messageRefs: stores.messageRefs,
    log,
    onRepeated: async (posted) => {
      const { kind } = await producer.enqueue(dropDoubles, posted, { id: randomUUID() }, queueingMs);
      if (kind !== 'queued') log.warn({ name: posted.name, kind }, 'a double of a message may stay');
    },
  });
  const outbox = createOutbox({
    store: stores.outbox,
    unanswered: stores.unanswered,
    poster,
    respond: monitor.respond,
    rateLimiter,
    isAlive: producer.isAlive,
    log,
  });
  const shared = {
    ...stores,
    rationale,
    poster,
    outbox,
    checkLocks: createCheckLocks(redis),
    clusterSlots: createClusterSlots(concurrency),
    reach: reaching.reach,
    fleetLanes: createSemaphore(fleetLanes),
    fleetSlots: createClusterSlots(concurrency),
    zoneOf: createZoneOf(client),
    readSharedFile: createReadSharedFile({
      client,
      slackApiUrl: env.slack.apiUrl,
      botToken: env.slack.botToken,
      send: slackNetwork.fetch,
    }),
    queue: (job, payload, request) => producer.enqueue(job, payload, request, queueingMs),
    botName: identity.name,
    environment,
    sendOut: connections.slackNetwork.fetch,
    receiverLimits: createReceiverLimits(),
  } satisfies Partial<JobServices>;
  const probeFromSecond = createAskSecond({
    producer,
    secondOutcomes: createSecondOutcomes(redis, sealer),
    log,
  });
  /** The services of a job that starts now: it keeps this configuration to its end. */
  const services = derive(configuration, (config): JobServices => {
    const {
      check,
      foretell,
      probe: _,
      ...isolated
    } = createIsolated({
      config,
      environment,
      pool,
      log,
      tracing,
    });
    const rules = {
      pending: stores.pending,
      mutesOf: stores.mutes.of,
      severitiesOf: (cluster: string) => severityRulesOf(config, cluster),
    };
    return {
      ...shared,
      ...isolated,
      config,
      authorizer: authorizer(),
      check: traceCheck(
        createRunCheck({
          ...rules,
          isolated: { check },
          probeFromSecond,
          addChanges: (report) => addChanges(report, stores.reports),
        }),
        tracing,
      ),
      foretell: createForetellChange({ ...rules, isolated: { foretell } }),
      tokens: tokens?.services(),
      examine: (clusters, signal) =>
        examineInstallation({
          configuration: examineConfiguration(config, 'the clusters file', configuration.problems()),
          env,
          config,
          clusters,
          redisUrl: env.redisUrl,
          sealer,
          environment,
          readsPeeringTokens: tokens !== undefined,
          slackOptions: clientOptions(env, log, monitor),
          signal,
        }),
    };
  });
  const openSweeper = (): Sweeper | undefined => {
    const current = services();
    return current.tokens && startSweeper({ ...current, tokens: current.tokens }, log);
  };
  let sweeper = openSweeper();
  configuration.onReplace(() => {
    const replaced = sweeper;
    sweeper = openSweeper();
    void replaced?.stop();
  });
  const syncs = uses.queues.includes('digests')
    ? [
        startDigestSync({ redis, sealer, services: shared, log }),
        startSubscriptionSync({ redis, sealer, definitions: stores.subscriptions, log }),
      ]
    : [];
  const delivery = outbox.start();
  const scheduledCheck = limitChecks((...call) => services().check(...call), scheduledChecks);
  const scheduled = {
    services: derive(configuration, () => ({ ...services(), check: scheduledCheck })),
    concurrency: concurrency * scheduledShare,
  };
  const withStatus = withThreadStatus({ client, log });
  const workers = uses.queues
    .map((queue) => ({ queue, jobs: jobs.filter((job) => job.queue === queue).map(withStatus<JobServices>) }))
    .filter((work) => work.jobs.length > 0)
    .map(({ queue, ...work }) => ({
      worker: startWorker<JobServices>({
        queue,
        ...work,
        ...(queue === 'digests' ? scheduled : { services, concurrency }),
        sealer,
        connection,
        log,
        onEnd: monitor.jobEnded,
        tracing,
      }),
      graceMs: queue === 'tokens' ? tokensGraceMs : graceMs,
    }));
  return {
    stop: async () => {
      // At the same time: while Redis or Slack is away, each of them takes its whole time.
      await Promise.all([
        sweeper?.stop(),
        delivery.stop(),
        ...syncs.map((sync) => sync.stop()),
        ...workers.map((running) => running.worker.close(running.graceMs)),
      ]);
      tokens?.close();
      pool.close();
      reaching.close();
      connection.disconnect();
    },
  };
};

/** The only source of write tokens; absent if this process runs no jobs that need them, or without approvals. */
const openTokens = ({
  uses,
  configuration,
  environment,
  stores,
  client,
  identity,
  monitor,
  producer,
}: Connections) => {
  const { signed } = stores;
  if (!uses.queues.includes('tokens')) return undefined;
  const clients = createClients(environment, monitor.consulCalled, 'write');
  const readers = createClients(environment, monitor.consulCalled);
  const { home } = identity;
  return {
    services: derive(configuration, (config) =>
      isApprovalSetUp(config)
        ? createTokenServices({ client, config, home, signed, clients, readers, producer })
        : undefined,
    ),
    close: () => {
      clients.close();
      readers.close();
    },
  };
};

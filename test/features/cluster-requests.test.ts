import { manifest } from '../local-manifest';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { findImpact } from '../../src/checks/impact';
import { runChecks } from '../../src/checks/runner';
import { traceService } from '../../src/checks/trace';
import { type ClusterSlots, createClusterSlots } from '../../src/clusters/cluster-slots';
import type { UnreadableCluster } from '../../src/clusters/unreadable';
import type { AccessConfig } from '../../src/config/config';
import { inspectAcl } from '../../src/features/acl/inspect-acl';
import { checkCluster } from '../../src/features/check/check-cluster';
import { checkWithFiles } from '../../src/features/check/check-with-files';
import { createCheckLocks } from '../../src/features/check/check-locks.store';
import { createIncidents } from '../../src/features/incidents/incidents.store';
import { createReports } from '../../src/features/history/reports.store';
import { findImpactJob } from '../../src/features/impact/find-impact-job';
import { traceCall } from '../../src/features/trace/trace-call';
import type { JobOutcome, JobRun } from '../../src/queue/define';
import type { RedisClient } from '../../src/redis/redis';
import { renderFailure } from '../../src/render/slack/failure';
import type { ForetoldChange } from '../../src/report/foretold-change';
import { failure, type Result, success } from '../../src/result';
import { twoClusters } from '../checks/two-clusters';
import { describeWith } from '../lab/binaries';
import { type RedisServer, startRedis } from '../lab/redis';
import { sealer } from '../sealer';
import { testReplyServices, testRun } from '../slack/job-services';
import { clusterOf, configOf } from '../slack/support';
import { connectTestRedis } from '../redis-client';

/** Jobs of requests that read one cluster: all treat its state alike. */

const cluster = 'prod-east';
const snapshot = twoClusters();

const open: AccessConfig = {
  restrict: false,
  grants: [{ allow: ['impact', 'acl'], clusters: ['*'], users: ['*'] }],
};

const foretold: ForetoldChange = {
  cluster,
  changes: ['mesh/mesh'],
  ignored: [],
  verdict: { before: 'ready', after: 'ready' },
  effect: { breaks: [], fixes: [], newlyUnknown: [] },
  unchanged: 0,
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 5,
};

const requester = {
  cluster,
  channel: channels.platform,
  user: people.requester.id,
  team: people.requester.teamId,
};

interface Read {
  readonly otherSides: readonly string[];
  readonly onProgress?: (done: number, total: number) => void;
}

/** Reads a cluster: fails, or leaves the answer to the job. */
type ReadCluster = (read: Read) => Promise<Result<'read', UnreadableCluster>>;

const unreachable = { cause: 'unreachable', message: 'nobody listens', temporary: true } as const;
const isRead: ReadCluster = async () => success('read');

describeWith(['redis'], 'a job of a request that reads a cluster', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let slack: Workspace;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'working');
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    await redis.flushall();
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
  });
  afterEach(() => slack.stop());

  interface Stage {
    readonly read?: ReadCluster;
    readonly clusterSlots?: ClusterSlots;
    readonly names?: readonly string[];
    readonly run?: Partial<JobRun>;
  }
  const contextOf = <T>(
    { read = isRead, clusterSlots = createClusterSlots(5), names = ['prod-east', 'prod-west'], run }: Stage,
    answer: T,
  ) => {
    const config = configOf(open, names);
    const peered = { ...clusterOf(cluster), peers: { west: 'prod-west' } };
    const clusters = new Map(
      [...config.clusters].map(([name, one]) => [name, name === cluster ? peered : one]),
    );
    const reader = async (_: unknown, options: Read): Promise<Result<T, UnreadableCluster>> => {
      const ran = await read(options);
      return ran.ok ? success(answer) : ran;
    };
    return {
      services: {
        ...testReplyServices({ redis, slack, config: { ...config, clusters } }),
        ...testRun(run),
        clusterSlots,
        rationale: () => undefined,
      },
      reader,
    };
  };

  const jobs: Readonly<Record<string, (stage?: Stage) => Promise<JobOutcome>>> = {
    check: (stage = {}) => {
      const { services, reader } = contextOf(stage, runChecks(snapshot));
      return checkCluster.handle({
        ...services,
        check: reader,
        reports: createReports(redis, sealer, services.config.history),
        incidents: createIncidents(redis, sealer),
        checkLocks: createCheckLocks(redis),
        payload: { ...requester, peer: null },
      });
    },
    trace: (stage = {}) => {
      const query = { service: 'web', destination: 'billing' };
      const { services, reader } = contextOf(stage, traceService(snapshot, query));
      return traceCall.handle({
        ...services,
        trace: reader,
        payload: { ...requester, ...query, peer: null },
      });
    },
    'check with files': (stage = {}) => {
      const { services, reader } = contextOf(stage, success(foretold));
      return checkWithFiles.handle({
        ...services,
        foretell: reader,
        readSharedFile: async () => success('Kind = "mesh"'),
        payload: { ...requester, files: [{ id: 'F1', name: 'mesh.hcl' }] },
      });
    },
    impact: (stage = {}) => {
      const { services, reader } = contextOf(stage, findImpact(snapshot, 'api'));
      return findImpactJob.handle({
        ...services,
        findImpact: reader,
        payload: { ...requester, part: 'api' },
      });
    },
  };

  const texts = () => slack.messages(channels.platform).map(({ text }) => text);

  describe.each(Object.entries(jobs))('%s', (_, go) => {
    it('shows how far it is, in the message that becomes the answer', async () => {
      let finish = (): void => undefined;
      const working = go({
        read: async ({ onProgress }) => {
          onProgress?.(1, 7);
          await new Promise<void>((resolve) => (finish = resolve));
          return success('read');
        },
      });
      await slack.until(() => texts()[0]?.includes('1 of 7 reads'));
      finish();
      expect((await working).kind).toBe('done');
      expect(texts()).toHaveLength(1);
      expect(texts()[0]).not.toContain('reads');
    });

    it('waits without a worker, and without a message, until the cluster has a slot', async () => {
      const clusterSlots = createClusterSlots(5);
      const taken = [clusterSlots.take(cluster, Date.now()), clusterSlots.take(cluster, Date.now())];
      const read = jest.fn(isRead);
      expect((await go({ clusterSlots, read })).kind).toBe('delay');
      expect(read).not.toHaveBeenCalled();
      expect(texts()).toEqual([]);
      taken[0]?.(Date.now());
      expect((await go({ clusterSlots, read })).kind).toBe('done');
      expect(read).toHaveBeenCalledTimes(1);
    });

    it.each([
      ['its answer', isRead],
      ['a failure', async () => failure(unreachable)],
    ] as const)('gives its slot back after %s', async (__, read) => {
      const clusterSlots = createClusterSlots(5);
      clusterSlots.take(cluster, Date.now());
      await go({ clusterSlots, read });
      expect(clusterSlots.take(cluster, Date.now())).toBeDefined();
    });

    it('gives its slot back after a bug', async () => {
      const clusterSlots = createClusterSlots(5);
      clusterSlots.take(cluster, Date.now());
      const read = async () => {
        await slack.until(() => texts().length);
        throw new Error('a bug');
      };
      await expect(go({ clusterSlots, read })).rejects.toThrow('a bug');
      expect(clusterSlots.take(cluster, Date.now())).toBeDefined();
    });

    it('says that it tries again, and gives up after the last attempt', async () => {
      const read = async () => failure(unreachable);
      expect(await go({ read })).toEqual({ kind: 'retry', reason: 'unreachable' });
      expect(texts()).toEqual([expect.stringContaining('trying again')]);
      expect(await go({ read, run: { attempt: 3 } })).toEqual({ kind: 'done', as: 'unreachable' });
      expect(texts()).toEqual([renderFailure({ kind: 'cannot-read', cluster, ...unreachable }).text]);
    });

    it('gives up at once where trying again is no use', async () => {
      const read = async () => failure({ ...unreachable, temporary: false });
      expect((await go({ read })).kind).toBe('done');
      expect(texts()).toEqual([renderFailure({ kind: 'cannot-read', cluster, ...unreachable }).text]);
    });

    it('changes nothing once it is aborted', async () => {
      const control = new AbortController();
      const read = async () => {
        await slack.until(() => texts().length);
        control.abort('shutdown');
        return success('read' as const);
      };
      expect((await go({ read, run: { signal: control.signal } })).kind).toBe('retry');
      expect(slack.traffic.calls('chat.update')).toEqual([]);
    });

    it('reads the other sides that the requester may see', async () => {
      const read = jest.fn(isRead);
      await go({ read });
      expect(read.mock.calls.map(([{ otherSides }]) => otherSides)).toEqual([['prod-west']]);
    });

    it('reads nothing of a cluster that left the configuration', async () => {
      const read = jest.fn(isRead);
      expect(await go({ read, names: ['prod-west'] })).toEqual({ kind: 'done', as: 'refused' });
      expect(read).not.toHaveBeenCalled();
      expect(texts()).toEqual([]);
    });
  });

  it('tries again to get a file from Slack, only while the cluster has a slot, and gives up after the last attempt', async () => {
    const readSharedFile = jest.fn(async () => failure({ message: 'Slack is busy', temporary: true }));
    const payload = { ...requester, files: [{ id: 'F1', name: 'mesh.hcl' }] };
    const clusterSlots = createClusterSlots(5);
    const taken = [clusterSlots.take(cluster, Date.now()), clusterSlots.take(cluster, Date.now())];
    const go = (run: Partial<JobRun> = {}) => {
      const { services, reader } = contextOf({ run, clusterSlots }, success(foretold));
      return checkWithFiles.handle({ ...services, foretell: reader, readSharedFile, payload });
    };
    expect([(await go()).kind, readSharedFile.mock.calls.length]).toEqual(['delay', 0]);
    for (const done of taken) done?.(Date.now());
    expect([(await go()).kind, readSharedFile.mock.calls.length]).toEqual(['retry', 1]);
    expect(await go({ attempt: 3 })).toEqual({ kind: 'done', as: 'no-change' });
    expect(texts()).toEqual([expect.stringContaining('mesh.hcl')]);
  });

  it('inspects the tokens of a cluster when it has a slot', async () => {
    const clusterSlots = createClusterSlots(5);
    const taken = [clusterSlots.take(cluster, Date.now()), clusterSlots.take(cluster, Date.now())];
    const error = { kind: 'cannot-read', ...unreachable, temporary: false } as const;
    const inspect = jest.fn(async () => failure(error));
    const { services } = contextOf({ clusterSlots }, undefined);
    const payload = { ...requester, accessor: null, share: false };
    const go = () => inspectAcl.handle({ ...services, inspectAcl: inspect, payload });
    expect([(await go()).kind, inspect.mock.calls.length]).toEqual(['delay', 0]);
    taken[0]?.(Date.now());
    expect([(await go()).kind, inspect.mock.calls.length]).toEqual(['done', 1]);
    expect(clusterSlots.take(cluster, Date.now())).toBeDefined();
  });
});

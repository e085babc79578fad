import type { ClusterConfig } from '../../config/config';
import type { Report } from '../../report/report';
import type { JobOutcome } from '../../queue/define';
import { omitUndefined } from '../../omit-undefined';
import { success } from '../../result';
import { renderFailure } from '../../render/slack/failure';
import { findRequestedCluster, readRequestedCluster } from '../../slack/cluster-request';
import { defineRequestJob } from '../../slack/request-job';
import { runAgainButton } from '../history';
import { observeVerdict } from '../incidents';
import { type CheckContext, checkKey, CheckRequest, type CheckServices } from './check-request';
import { deliverReport } from './deliver-report';

/** Time between two looks at a check that runs in the same place, in ms. */
const waitMs = 1000;

/** The check in a few words. */
export const describeCheck = ({ cluster }: Pick<CheckRequest, 'cluster'>): string => `check of ${cluster}`;

/** Checks one cluster and answers its requester. */
export const runCheckOf = async (context: CheckContext): Promise<JobOutcome> => {
  const { id, payload, check, checkLocks, reports } = context;
  const { cluster: name, peer } = payload;
  const key = checkKey(payload);
  const found = await findRequestedCluster(context, 'check');
  if (!found.ok) {
    // Its worker may have died after the answer, before it released the lock.
    await checkLocks.release(key, id);
    return found.error;
  }
  const cluster = found.value;
  const joined = await findJoined(key, context);
  if (joined !== undefined) return joined;
  if (!(await checkLocks.acquire(key, id))) return joinOrWait(key, context);
  const checked = await readRequestedCluster(cluster, context, {
    command: 'check',
    doing: 'reading the cluster',
    button: runAgainButton({ cluster: name, peer }),
    read: async (options) => {
      const stored = await reports.find(id);
      return stored ? success(stored) : check(cluster, { ...options, peer });
    },
  });
  const outcome = checked.ok ? await answer(cluster, checked.value, context) : checked.error;
  if (outcome.kind === 'done') await checkLocks.release(key, id);
  return outcome;
};

/** Names the note that a request has joined another. It is not the answer, which is still awaited. */
const joinedNameOf = (id: string): string => `${id}/joined`;

const wait: JobOutcome = { kind: 'delay', afterMs: waitMs, waitsFor: 'cluster' };

/**
 * Joins the check that runs, once its message is in the channel, where its answer will be. Until then it may turn out that
 * only its own requester gets an answer, so this job waits and then runs its own.
 */
const joinOrWait = async (key: string, context: CheckContext): Promise<JobOutcome> => {
  const { id, since, payload, checkLocks, outbox } = context;
  const holder = await checkLocks.holder(key);
  const [running, own] = await Promise.all([
    holder === undefined ? undefined : outbox.find(holder),
    outbox.find(id),
  ]);
  const isPublic = running?.way === 'channel' && running.ref !== null;
  // An attempt whose lock has expired may have left a message of its own, which only an answer ends.
  if (holder === undefined || !isPublic || own !== undefined) return wait;
  const { channel, user, responseUrl, thread } = payload;
  const name = joinedNameOf(id);
  const target = { name, since, channel, user, responseUrl, ...omitUndefined({ thread }) };
  // The note holds which check it is: it may be over at the next look.
  const answers = [{ name: holder, what: describeCheck(payload), at: since }];
  const way = responseUrl === undefined ? 'direct' : 'response-url';
  const message = renderFailure({ kind: 'joined', cluster: payload.cluster });
  await outbox.put({ ...target, answers }, { renderings: [{ message }], final: true, way });
  await outbox.deliver(name);
  return wait;
};

/** Maximum lost calls of Slack until a request no longer waits for the answer that it joined. */
const lostCalls = 3;

/**
 * Waits until the check that this request has joined is answered in the channel. Undefined: it has joined none, or the answer
 * did not get there, because the bot was removed from the channel or its worker died.
 */
const findJoined = async (
  key: string,
  { id, outbox, checkLocks }: CheckContext,
): Promise<JobOutcome | undefined> => {
  const note = await outbox.find(joinedNameOf(id));
  const joined = note?.answers?.[0]?.name;
  if (joined === undefined) return undefined;
  const answer = await outbox.find(joined);
  if (answer === undefined || answer.way !== 'channel' || answer.ended === 'undelivered') return undefined;
  // While Slack is away for long, the answer is on its way. One lost call may still end in a refusal.
  if (answer.final && (answer.ended === 'delivered' || answer.failures > lostCalls))
    return { kind: 'done', as: 'joined' };
  return answer.final || (await checkLocks.holder(key)) === joined ? wait : undefined;
};

const answer = async (cluster: ClusterConfig, report: Report, context: CheckContext): Promise<JobOutcome> => {
  await context.reports.save(context.id, report);
  const { verdict, peer, otherSides = [] } = report;
  const incident = await observeVerdict(cluster, { verdict, peer, otherSides }, context);
  return deliverReport(report, context, incident);
};

export const checkCluster = defineRequestJob<CheckRequest, CheckServices>({
  name: 'check-cluster',
  queue: 'checks',
  payload: CheckRequest,
  options: { attempts: 3, backoffMs: 2000 },

  describe: describeCheck,
  handle: runCheckOf,

  abandon: async ({ id, payload, reply, checkLocks }) => {
    await checkLocks.release(checkKey(payload), id);
    await reply.internalError();
  },
});

import { z } from 'zod';
import type { Config } from '../../config/config';
import { defineJob, type JobContext, type JobOutcome, type JobType } from '../../queue/define';
import { type Enqueued, isQueued, type JobRequest } from '../../queue/producer';
import { afterFailure } from '../../slack/api/after-failure';
import type { MessageRef } from '../../slack/api/message-ref';
import type { Poster } from '../../slack/api/poster';
import { checkCluster, checkKey } from '../check';
import { type AlertThread, type AlertThreads, groupOf, latestOf } from './alert-threads.store';
import { renderAlert, renderAlertResolved } from './alert.message';

/** A notification of one group of alerts, about configured clusters. */
const AlertRequest = z.object({
  groupKey: z.string(),
  status: z.enum(['firing', 'resolved']),
  alert: z.string(),
  summary: z.string(),
  firing: z.number(),
  clusters: z.array(z.string()),
  /** Slack's id of the workspace. */
  team: z.string(),
});
type AlertRequest = z.infer<typeof AlertRequest>;

export interface AlertServices {
  readonly config: Config;
  readonly poster: Poster;
  readonly alertThreads: AlertThreads;
  /** Queues a job that follows from another. */
  readonly queue: <Payload>(
    job: JobType<Payload>,
    payload: Payload,
    request: JobRequest,
  ) => Promise<Enqueued>;
}

type Context = JobContext<AlertRequest, AlertServices>;

/**
 * Answers a notification of Alertmanager: one message for a group of alerts until it is resolved, and in its thread the
 * checks of the clusters that the alerts name, as their owner may see them.
 */
export const answerAlert = defineJob<AlertRequest, AlertServices>({
  name: 'answer-alert',
  queue: 'checks',
  payload: AlertRequest,
  options: { attempts: 5, backoffMs: 2000 },

  handle: async (context) => {
    const { payload, config, alertThreads } = context;
    const { alertmanager } = config;
    if (alertmanager === undefined) return { kind: 'done', as: 'not-configured' };
    const group = groupOf(payload.groupKey);
    if (payload.status === 'resolved') {
      const thread = await alertThreads.find(group);
      if (thread === undefined) return { kind: 'done', as: 'not-known' };
      // It fired again meanwhile.
      if (context.since < latestOf(thread)) return { kind: 'done', as: 'outdated' };
      if (thread.ref !== null) return sayResolved(group, { ...thread, ref: thread.ref }, context);
      // Its message is not posted yet, or was given up.
      return thread.resolved ? { kind: 'done', as: 'not-known' } : { kind: 'delay', afterMs: 5000 };
    }
    const thread = await alertThreads.open(group, context.since, context.id);
    if (thread === undefined) return { kind: 'done', as: 'outdated' };
    const posted = await postAlert(group, thread, alertmanager.channel, context);
    return 'kind' in posted ? posted : queueChecks(posted, context);
  },

  abandon: async ({ id, payload, alertThreads, log }) => {
    log.error('a notification of Alertmanager was given up');
    const group = groupOf(payload.groupKey);
    const thread = await alertThreads.find(group);
    if (thread?.by === id && thread.ref === null) await giveUp(group, thread, alertThreads);
  },
});

/** Ends an episode whose message will not be posted. */
const giveUp = (group: string, { episode }: AlertThread, alertThreads: AlertThreads): Promise<boolean> =>
  alertThreads.change(group, episode, { resolved: true });

const messageNameOf = (group: string, { episode }: AlertThread): string => `alert/${group}/${episode}`;

/** Posts the message of an episode, unless it is there. */
const postAlert = async (
  group: string,
  thread: AlertThread,
  channel: string,
  context: Context,
): Promise<MessageRef | JobOutcome> => {
  const { id, payload, poster, alertThreads } = context;
  if (thread.ref !== null) return thread.ref;
  // Two jobs that post at once may post twice.
  if (thread.by !== undefined && thread.by !== id) return { kind: 'delay', afterMs: 2000 };
  const posted = await poster.post(
    { channel, name: messageNameOf(group, thread), since: thread.since },
    renderAlert(payload, false),
  );
  if (!posted.ok) {
    if (posted.error.kind === 'refused') await giveUp(group, thread, alertThreads);
    return afterFailure(posted.error, context);
  }
  await alertThreads.change(group, thread.episode, { ref: posted.value });
  return posted.value;
};

const queueChecks = async ({ channel, ts }: MessageRef, context: Context): Promise<JobOutcome> => {
  const { id, payload, config, queue } = context;
  const user = config.alertmanager?.owner ?? '';
  for (const cluster of payload.clusters) {
    const check = { cluster, peer: null, channel, thread: ts, user, team: payload.team };
    const queued = await queue(checkCluster, check, {
      id: `${id}-${cluster}`,
      key: `check/${checkKey(check)}`,
    });
    if (!isQueued(queued)) return { kind: 'retry', reason: 'could not queue a check' };
  }
  return { kind: 'done', as: 'checking' };
};

const sayResolved = async (
  group: string,
  thread: AlertThread & { readonly ref: MessageRef },
  context: Context,
): Promise<JobOutcome> => {
  const { payload, poster, alertThreads } = context;
  const { channel, ts } = thread.ref;
  const said = await poster.post(
    { channel, thread: ts, name: `${messageNameOf(group, thread)}/resolved`, since: thread.since },
    renderAlertResolved(),
  );
  if (!said.ok) return afterFailure(said.error, context);
  const edited = await poster.edit(thread.ref, renderAlert(payload, true));
  if (!edited.ok) return afterFailure(edited.error, context);
  await alertThreads.change(group, thread.episode, { resolved: true, latest: context.since });
  return { kind: 'done', as: 'resolved' };
};

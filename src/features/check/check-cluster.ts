import { z } from 'zod';
import type { ClusterConfig } from '../../config/config';
import { nearest } from '../../config/nearest';
import { runAgainButton } from './check-button-values';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import { renderProgress } from './progress.message';
import { afterFailure, type Answer, endPrivately, finishAnswer, openAnswer } from '../../slack/api/answer';
import { defineJob, type JobRun, type Outcome } from '../../queue/define';
import { deliverReport } from './deliver-report';
import { describeFailure, type SlackAnswer } from '../../slack/api/call';
import { type Progress, startProgress } from '../../slack/api/progress';
import { refusalOf } from '../../slack/api/refusal';
import type { Checked, JobTools } from '../job-tools';

/** Who asked for what, where. */
export const CheckRequest = z.object({
  cluster: z.string(),
  peer: z.string().nullable(),
  channel: z.string(),
  user: z.string(),
  team: z.string(),
  organisation: z.string().optional(),
  /** Works for half an hour. */
  responseUrl: z.string().optional(),
});
export type CheckRequest = z.infer<typeof CheckRequest>;

/** One check of a cluster and peer at a time in a channel: a second request joins the first. */
export const checkKey = ({ cluster, peer, channel }: CheckRequest): string =>
  `${channel}/${cluster}/${peer ?? ''}`;

export const checkCluster = defineJob({
  name: 'check-cluster',
  queue: 'checks',
  payload: CheckRequest,
  options: { attempts: 3, backoffMs: 2000 },

  handle: async (asked, tools, run) => {
    const refused = await refusalOf(asked, { command: 'check', clusters: [asked.cluster] }, tools, run);
    if (refused) return refused;
    const cluster = tools.config.clusters.get(asked.cluster);
    if (cluster === undefined)
      return endPrivately(asked, unknownCluster(asked, tools), tools, run, 'refused');

    const { answer, checked } = await openAndCheck(asked, cluster, tools, run);
    if (run.signal.aborted) return { kind: 'again', reason: 'aborted' };
    if (checked.ok) await tools.reports.save(run.id, checked.report);
    if (!answer.ok) return afterFailure(answer.failure, run);
    if (checked.ok) return deliverReport(asked, answer.value, checked.report, tools, run);
    return tellFailure(asked, answer.value, checked, tools, run);
  },

  abandon: async (asked, tools, run) => {
    const message = renderFailure({ kind: 'unexpected', requestId: run.id });
    const answer = await openAnswer(asked, message, tools, run);
    const told = answer.ok ? await finishAnswer(asked, answer.value, message, tools, run) : answer;
    if (!told.ok) run.log.error({ reason: describeFailure(told.failure) }, 'could not say that it failed');
  },
});

/** The first message is posted while the cluster is already being read. */
const openAndCheck = async (
  asked: CheckRequest,
  cluster: ClusterConfig,
  tools: JobTools,
  run: JobRun,
): Promise<{ readonly answer: SlackAnswer<Answer>; readonly checked: Checked }> => {
  const stored = await tools.reports.find(run.id);
  let progress: Progress | undefined;
  let reads = { done: 0, total: 0 };
  const reading = (): Message =>
    renderProgress({
      cluster: asked.cluster,
      requestedBy: asked.user,
      state: 'reading',
      ...reads,
      elapsedMs: Date.now() - run.since,
    });
  const opening = openAnswer(asked, reading(), tools, run).then((answer) => {
    if (answer.ok && answer.value.kind === 'channel') {
      progress = startProgress(tools.poster, answer.value.place);
      progress.show(reading());
    }
    return answer;
  });
  const checking: Promise<Checked> = stored
    ? Promise.resolve({ ok: true, report: stored })
    : tools.check(cluster, {
        peer: asked.peer,
        requestId: run.id,
        signal: run.signal,
        onProgress: (done, total) => {
          reads = { done, total };
          progress?.show(reading());
        },
      });
  const [answer, checked] = await Promise.all([opening, checking]);
  await progress?.stop();
  return { answer, checked };
};

const tellFailure = async (
  asked: CheckRequest,
  answer: Answer,
  { cause, message, passes }: Extract<Checked, { ok: false }>,
  tools: JobTools,
  run: JobRun,
): Promise<Outcome> => {
  const { cluster, peer } = asked;
  if (passes && run.attempt < run.attempts) {
    const elapsedMs = Date.now() - run.since;
    const waiting = {
      cluster,
      requestedBy: asked.user,
      state: 'retrying',
      done: 0,
      total: 0,
      elapsedMs,
    } as const;
    if (answer.kind === 'channel') await tools.poster.tryEdit(answer.place, renderProgress(waiting));
    return { kind: 'again', reason: cause };
  }
  const failure = renderFailure(
    { kind: 'cannot-read', cluster, cause, message },
    runAgainButton({ cluster, peer }),
  );
  const told = await finishAnswer(asked, answer, failure, tools, run);
  return told.ok ? { kind: 'done', as: cause } : afterFailure(told.failure, run);
};

/** The cluster was removed from the configuration between request and job. */
const unknownCluster = ({ cluster }: CheckRequest, { config }: JobTools): Message => {
  const known = [...config.clusters.keys()];
  return renderFailure({ kind: 'unknown-cluster', cluster, nearest: nearest(cluster, known), known });
};

import { z } from 'zod';
import { type DigestRow, hasChanged } from '../../report/digest';
import type { DigestContent } from './digest-content';
import { renderDigestUntold } from './notices.message';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { Definition } from './definitions.store';
import type { State } from './runs.store';
import { nextTimes, timesBetween } from './when';
import { afterFailure } from '../../slack/api/answer';
import { defineJob, type JobRun, type Outcome } from '../../queue/define';
import { describeFailure, isNoAccess } from '../../slack/api/call';
import type { JobTools } from '../job-tools';
import { checkClusters } from './check-clusters';
import { type Scope, scopeOf } from './owner';
import { pauseByBot, tellPaused } from './pause';
import { postDigest } from './post';

/** A run of a digest. */
const DigestRunRequest = z.object({
  digest: z.string(),
  /** When it was due, or was asked for (ms since the epoch). */
  planned: z.number(),
  /** Slack's id of who asked for it; null where it was due. */
  askedBy: z.string().nullable(),
});
type DigestRunRequest = z.infer<typeof DigestRunRequest>;

/** A run that is later than this (ms) is left out, and the next one says so. */
export const latestMs = 3_600_000;

/** So often in a row may a channel refuse a digest before it is paused. */
const mostRefusals = 3;

/** Where nothing changes, *only-changes* speaks once a week; an hour less, as no run comes to the minute. */
const silentMs = 7 * 86_400_000 - 3_600_000;

/** More missed runs are not counted. */
const mostMissed = 100;

export const runDigest = defineJob({
  name: 'run-digest',
  queue: 'digests',
  payload: DigestRunRequest,
  options: { attempts: 5, backoffMs: 5000 },

  handle: async (asked, tools, run) => {
    const { definitions, runs } = tools.digests;
    const definition = await definitions.find(asked.digest);
    if (definition === undefined || definition.paused !== null) return stopped(definition, tools, run);
    const state = await runs.state(definition.id);
    if (state.run === run.id) return { kind: 'done', as: 'told' };
    const due = asked.askedBy === null;
    const begun = (await runs.clusters(run.id)).length > 0;
    if (due && !begun && Date.now() - asked.planned > latestMs) {
      run.log.warn({ digest: definition.id, planned: asked.planned }, 'digest left out: too late');
      await runs.note(definition.id, { dealtWith: asked.planned });
      return { kind: 'done', as: 'left-out' };
    }

    const scope = await scopeOf(definition, tools);
    if (!scope.ok) return afterFailure(scope.failure, run);
    if (!scope.value.allowed) {
      await runs.note(definition.id, { dealtWith: asked.planned });
      await tellAsker(asked, renderDigestUntold(definition, { why: 'owner' }), tools, run);
      return pauseByBot(definition, 'owner', '', tools, run);
    }
    const { clusters } = scope.value;
    const rows = await checkClusters({ id: run.id, before: state.run, clusters }, tools, run);
    if (run.signal.aborted) return { kind: 'again', reason: 'aborted' };
    // That may have taken minutes, in which somebody stopped it.
    const still = await definitions.find(definition.id);
    if (still === undefined || still.paused !== null) return stopped(still, tools, run);
    return tell({ asked, definition, state, scope: scope.value, rows }, tools, run);
  },

  abandon: async (asked, tools, run) => {
    const { digest, planned, askedBy } = asked;
    run.log.error({ digest, planned }, 'digest given up; the next run says that this one was left out');
    if (askedBy === null) await tools.digests.runs.note(digest, { dealtWith: planned });
    else await tellAsker(asked, renderFailure({ kind: 'unexpected', requestId: run.id }), tools, run);
  },
});

/** Ends the run of a digest that was removed or paused; where the bot paused it, its owner is told. */
const stopped = async (
  definition: Definition | undefined,
  tools: JobTools,
  run: JobRun,
): Promise<Outcome> => {
  await tools.digests.runs.drop(run.id);
  if (definition === undefined) return { kind: 'done', as: 'removed' };
  const { paused } = definition;
  return paused?.by === null ? tellPaused(definition, paused, tools, run) : { kind: 'done', as: 'paused' };
};

/** All that is known when the clusters have been looked at. */
interface Seen {
  readonly asked: DigestRunRequest;
  readonly definition: Definition;
  readonly state: State;
  readonly scope: Scope;
  readonly rows: readonly DigestRow[];
}

const tell = async (seen: Seen, tools: JobTools, run: JobRun): Promise<Outcome> => {
  const { asked, definition, state } = seen;
  const { runs } = tools.digests;
  const now = Date.now();
  const due = asked.askedBy === null;
  const mutesTo = nextTimes(definition.when, Math.max(now, asked.planned), 1)?.[0] ?? now;
  const view = await viewOf(seen, now, mutesTo, tools);
  const ended = {
    at: now,
    mutesTo,
    refusals: 0,
    ...(due ? { dealtWith: asked.planned, told: asked.planned } : {}),
  };
  if (due && isSilent(definition, state, view, now)) {
    await runs.end(definition.id, run.id, ended);
    return { kind: 'done', as: 'nothing-new' };
  }
  const posted = await postDigest({ channel: definition.channel, view }, tools, run);
  if (posted.ok) {
    await runs.end(definition.id, run.id, { ...ended, postedAt: now });
    return { kind: 'done', as: 'told' };
  }
  if (!isNoAccess(posted.failure)) return afterFailure(posted.failure, run);
  const refusals = state.refusals + 1;
  await runs.note(definition.id, { refusals, ...(due ? { dealtWith: asked.planned } : {}) });
  await runs.drop(run.id);
  const code = posted.failure.kind === 'refused' ? posted.failure.code : '';
  run.log.warn({ digest: definition.id, code, refusals }, 'the channel refused a digest');
  await tellAsker(asked, renderDigestUntold(definition, { why: 'channel', code }), tools, run);
  return refusals >= mostRefusals
    ? pauseByBot(definition, 'channel', code, tools, run)
    : { kind: 'done', as: 'refused' };
};

/** Tells whoever asked for a run, and waits for it, that there is none. */
const tellAsker = async (
  { askedBy }: DigestRunRequest,
  message: Message,
  { poster }: Pick<JobTools, 'poster'>,
  run: JobRun,
): Promise<void> => {
  if (askedBy === null) return;
  const told = await poster.post({ channel: askedBy, name: `${run.id}/asker`, since: run.since }, message);
  if (!told.ok)
    run.log.warn({ reason: describeFailure(told.failure) }, 'could not tell who asked for a digest');
};

const viewOf = async (
  { asked, definition, state, scope, rows }: Seen,
  now: number,
  mutesTo: number,
  { digests, mutes }: Pick<JobTools, 'digests' | 'mutes'>,
): Promise<DigestContent> => {
  const before = new Set(state.run === undefined ? [] : await digests.runs.clusters(state.run));
  const missed =
    asked.askedBy === null
      ? timesBetween(
          definition.when,
          Math.max(state.told ?? 0, definition.activeSince),
          asked.planned,
          mostMissed,
        )
      : 0;
  const ending = await mutes.endingBetween(scope.clusters, state.mutesTo ?? now, mutesTo);
  // Of what a pattern stands for, the owner only misses what an earlier digest showed.
  const hidden = scope.denied.filter(
    (cluster) => definition.clusters.includes(cluster) || before.has(cluster),
  ).length;
  const leftOut = [...before].some((cluster) => !scope.clusters.includes(cluster));
  return {
    id: definition.id,
    clusters: definition.clusters,
    zone: definition.when.zone,
    planned: new Date(asked.planned).toISOString(),
    at: new Date(now).toISOString(),
    askedBy: asked.askedBy,
    since: state.at === undefined ? null : new Date(state.at).toISOString(),
    rows,
    gone: scope.gone,
    hidden,
    missed,
    onlyChanges: definition.onlyChanges,
    changed: rows.some(hasChanged) || leftOut || missed > 0 || ending.length > 0,
    endingMutes: ending.map(({ cluster, check, subject, untilMs }) => ({
      cluster,
      check,
      subject,
      until: new Date(untilMs).toISOString(),
    })),
  };
};

/** Whether a run has nothing to say: nothing changed, and it said so within the last week. */
const isSilent = (
  { onlyChanges }: Definition,
  { postedAt }: State,
  { changed }: DigestContent,
  now: number,
): boolean => onlyChanges && !changed && postedAt !== undefined && now - postedAt < silentMs;

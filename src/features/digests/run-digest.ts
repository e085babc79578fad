import { z } from 'zod';
import { showsOnly } from '../../config/other-sides';
import { type DigestRow, hasChanged } from '../../report/digest-row';
import type { DigestContent } from './digest-content';
import { renderDigestNotPosted } from './notices.message';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { Definition } from './definitions.store';
import type { State } from './runs.store';
import { nextTimes, timesBetween } from '../../config/when';
import { claimMentions } from '../incidents';
import { followRows } from './follow-rows';
import { afterFailure } from '../../slack/api/after-failure';
import { withFormerField } from '../../queue/former-field';
import { defineJob, type JobContext, type JobOutcome } from '../../queue/define';
import { describeFailure, isNoAccess } from '../../slack/api/call';
import { checkClusters } from './check-clusters';
import { type Scope, digestScope } from './digest-scope';
import { pauseByBot, tellPaused } from './pause';
import { postDigest } from './post-digest';
import type { DigestServices } from './services';

/** A run of a digest. */
const DigestRunRequest = z.object({
  digest: z.string(),
  /** The planned time, or that of the request (ms since the epoch). */
  planned: z.number(),
  /** User id of the requester; null for a scheduled run. */
  requestedBy: z.string().nullable(),
});
type DigestRunRequest = z.infer<typeof DigestRunRequest>;

type Context = JobContext<DigestRunRequest, DigestServices>;

/** A run that is later than this (ms) is skipped, and the next one says so. */
export const latestMs = 3_600_000;

/** Refusals in a row by a channel after which its digest is paused. */
const maxRefusals = 3;

/** Without changes, *only-changes* posts once a week; an hour less, since runs are not exact to the minute. */
const silentMs = 7 * 86_400_000 - 3_600_000;

/** Maximum missed runs that are counted. */
const maxMissed = 100;

export const runDigest = defineJob<DigestRunRequest, DigestServices>({
  name: 'run-digest',
  queue: 'digests',
  // oxlint-disable-next-line plain-english/words -- queued by earlier versions
  payload: withFormerField(DigestRunRequest, { name: 'requestedBy', former: 'askedBy' }),
  options: { attempts: 5, backoffMs: 5000 },

  handle: async (context) => {
    const { id, signal, log, payload, digests, digestRuns } = context;
    const { planned } = payload;
    const definition = await digests.find(payload.digest);
    if (definition === undefined || definition.paused !== null) return stopped(definition, context);
    const state = await digestRuns.state(definition.id);
    if (state.run === id) return { kind: 'done', as: 'told' };
    const due = payload.requestedBy === null;
    const begun = (await digestRuns.clusters(id)).length > 0;
    if (due && !begun && Date.now() - planned > latestMs) {
      log.warn({ digest: definition.id, planned }, 'digest skipped: too late');
      await digestRuns.note(definition.id, { dealtWith: planned });
      return { kind: 'done', as: 'left-out' };
    }

    const scope = await digestScope(definition, context);
    if (!scope.ok) return afterFailure(scope.error, context);
    if (!scope.value.allowed) {
      await digestRuns.note(definition.id, { dealtWith: planned });
      await tellRequester(renderDigestNotPosted(definition, { why: 'owner' }), context);
      return pauseByBot(definition, 'owner', '', context);
    }
    const { clusters, otherSides } = scope.value;
    const rows = await checkClusters({ before: state.run, clusters, otherSides }, context);
    if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
    // The digest may have been stopped during the checks, which can take minutes.
    const still = await digests.find(definition.id);
    if (still === undefined || still.paused !== null) return stopped(still, context);
    return tell({ definition, state, scope: scope.value, rows }, context);
  },

  abandon: async (context) => {
    const { id, log, digestRuns } = context;
    const { digest, planned, requestedBy } = context.payload;
    log.error({ digest, planned }, 'digest given up; the next run says that this one was skipped');
    if (requestedBy === null) await digestRuns.note(digest, { dealtWith: planned });
    else await tellRequester(renderFailure({ kind: 'unexpected', requestId: id }), context);
  },
});

/** Ends the run of a digest that was removed or paused; if the bot paused it, tells its owner. */
const stopped = async (definition: Definition | undefined, context: Context): Promise<JobOutcome> => {
  await context.digestRuns.drop(context.id);
  if (definition === undefined) return { kind: 'done', as: 'removed' };
  const { paused } = definition;
  return paused?.by === null ? tellPaused(definition, paused, context) : { kind: 'done', as: 'paused' };
};

/** The result of checking all clusters. */
interface Checked {
  readonly definition: Definition;
  readonly state: State;
  readonly scope: Scope;
  readonly rows: readonly DigestRow[];
}

const tell = async (checked: Checked, context: Context): Promise<JobOutcome> => {
  const { definition, state } = checked;
  const { id, log, digestRuns } = context;
  const { planned, requestedBy } = context.payload;
  const now = Date.now();
  const due = requestedBy === null;
  const mutesTo = nextTimes(definition.when, Math.max(now, planned), 1)?.[0] ?? now;
  const { incidents, called } = await followRows(checked, context);
  const onCall = await claimMentions(called, id, context);
  const read = await readContent(checked, now, mutesTo, context);
  const content = { ...read, incidents, onCall, changed: read.changed || onCall.length > 0 };
  const ended = { at: now, mutesTo, refusals: 0, ...(due && { dealtWith: planned, told: planned }) };
  if (due && isSilent(definition, state, content, now)) {
    await digestRuns.end(definition.id, id, ended);
    return { kind: 'done', as: 'nothing-new' };
  }
  const posted = await postDigest({ channel: definition.channel, content }, context);
  if (posted.ok) {
    await digestRuns.end(definition.id, id, { ...ended, postedAt: now });
    return { kind: 'done', as: 'told' };
  }
  if (!isNoAccess(posted.error)) return afterFailure(posted.error, context);
  for (const cluster of called) await context.incidents.returnMention(cluster, id);
  const refusals = state.refusals + 1;
  await digestRuns.note(definition.id, { refusals, ...(due && { dealtWith: planned }) });
  await digestRuns.drop(id);
  const code = posted.error.kind === 'refused' ? posted.error.code : '';
  log.warn({ digest: definition.id, code, refusals }, 'the channel refused a digest');
  await tellRequester(renderDigestNotPosted(definition, { why: 'channel', code }), context);
  return refusals >= maxRefusals
    ? pauseByBot(definition, 'channel', code, context)
    : { kind: 'done', as: 'refused' };
};

/** Tells the requester of this run that there is no digest. */
const tellRequester = async (
  message: Message,
  { id, since, log, payload: { requestedBy }, poster }: Context,
): Promise<void> => {
  if (requestedBy === null) return;
  // oxlint-disable-next-line plain-english/words -- stored by earlier versions
  const posted = await poster.post({ channel: requestedBy, name: `${id}/asker`, since }, message);
  if (!posted.ok)
    log.warn({ reason: describeFailure(posted.error) }, 'could not notify the requester of a digest');
};

/** Reads what a digest says beside the results of its checks, and puts all of it together. */
const readContent = async (
  { definition, state, scope, rows }: Checked,
  now: number,
  mutesTo: number,
  { payload: { planned, requestedBy }, config, digestRuns, mutes }: Context,
): Promise<DigestContent> => {
  const before = new Set(state.run === undefined ? [] : await digestRuns.clusters(state.run));
  const missed =
    requestedBy === null && Math.max(state.told ?? 0, definition.activeSince) > 0
      ? timesBetween(definition.when, Math.max(state.told ?? 0, definition.activeSince), planned, maxMissed)
      : 0;
  const ending = await mutes.endingBetween(scope.clusters, state.mutesTo ?? now, mutesTo);
  // Of the clusters of a pattern, the owner only misses those that an earlier digest showed.
  const hidden = scope.denied.filter(
    (cluster) => definition.clusters.includes(cluster) || before.has(cluster),
  ).length;
  const leftOut = [...before].some((cluster) => !scope.clusters.includes(cluster));
  return {
    id: definition.id,
    clusters: scope.words,
    zone: definition.when.zone,
    planned: new Date(planned).toISOString(),
    at: new Date(now).toISOString(),
    requestedBy,
    since: state.at === undefined ? null : new Date(state.at).toISOString(),
    rows,
    gone: scope.gone,
    hidden,
    missed,
    onlyChanges: definition.onlyChanges,
    changed: rows.some(hasChanged) || leftOut || missed > 0 || ending.length > 0,
    endingMutes: ending.map((mute) => ({
      cluster: mute.cluster,
      check: mute.check,
      subject: showsOnly(mute, config.clusters.get(mute.cluster), scope.otherSides) ? mute.subject : null,
      until: new Date(mute.untilMs).toISOString(),
    })),
  };
};

/** Tells whether a run posts nothing: nothing changed, and the digest said so within the last week. */
const isSilent = (
  { onlyChanges }: Definition,
  { postedAt }: State,
  { changed }: DigestContent,
  now: number,
): boolean => onlyChanges && !changed && postedAt !== undefined && now - postedAt < silentMs;

import { visibleClusters, visibleOrNone } from '../../access/visible-clusters';
import { otherSidesOf } from '../../config/other-sides';
import type { CommandName } from '../../config/commands';
import { isPattern, matchClusters } from '../../config/match-clusters';
import { matchesGlob } from '../../config/match-glob';
import { within } from '../../queue/within';
import { omitUndefined } from '../../omit-undefined';
import { renderNoMatch } from '../../slack/unknown-cluster';
import { failure, type Result, success } from '../../result';
import type { Message } from '../../render/slack/limits';
import {
  renderMuted,
  renderMutedInFile,
  renderMutesFull,
  renderNotMuted,
  renderPatternMuted,
  renderPatternNotMuted,
  renderPatternUnmuted,
  renderUnmuted,
} from './mutes.message';
import { covers, type Mute } from '../../report/mutes';
import type { MuteGroupTarget } from './mute-buttons';
import type { MuteKey, Mutes } from './mutes.store';
import { readableMutes } from './readable-mutes';
import type { Recorder } from '../audit';
import type { Reports } from '../history';
import type { SlackContext, SlackRequest } from '../../slack/define';

export interface MuteServices {
  readonly mutes: Mutes;
  readonly reports: Reports;
  readonly record: Recorder;
}

type Context = SlackContext<MuteServices>;

type NewMute = MuteKey & { readonly forMs: number; readonly reason: string };

/** Mutes findings of a cluster, or of all that a pattern matches, and says what that covers of the last run. */
export const muteFindings = (cluster: string, what: NewMute, context: Context): Promise<Message> =>
  isPattern(cluster) && !context.config.clusters.has(cluster)
    ? muteAll(cluster, what, context)
    : muteOne(cluster, what, context);

const muteOne = async (cluster: string, what: NewMute, context: Context): Promise<Message> => {
  const { deadline, reports } = context;
  const now = Date.now();
  const { added, mute } = await addMute(cluster, what, { now, context });
  if (added === 'full') return renderMutesFull(cluster);
  await recordMute(cluster, mute, context);
  // Worth knowing, not worth waiting for.
  const covered = await within(Math.max(0, deadline - now), countCovered(cluster, mute, reports)).catch(
    () => undefined,
  );
  return renderMuted({ cluster, mute, replaced: added === 'replaced', covered });
};

/** Gives each cluster that matches, and that the person may mute, a mute of its own. */
const muteAll = async (pattern: string, what: NewMute, context: Context): Promise<Message> => {
  const found = await clustersOf(pattern, 'mute', context);
  if (!found.ok) return found.error;
  const now = Date.now();
  const added = await Promise.all(
    found.value.map(async (cluster) => ({
      cluster,
      ...(await addMute(cluster, what, { now, context, pattern })),
    })),
  );
  const full = added.flatMap((one) => (one.added === 'full' ? [one.cluster] : []));
  const muted = added.filter((one) => one.added !== 'full');
  // One after the other: the audit trail is a chain.
  for (const { cluster, mute } of muted) await recordMute(cluster, mute, context);
  const [first] = muted;
  return first === undefined
    ? renderMutesFull(found.value[0] ?? pattern)
    : renderPatternMuted({ pattern, mute: first.mute, clusters: muted.length, full });
};

const addMute = async (
  cluster: string,
  { forMs, ...what }: NewMute,
  {
    now,
    context,
    pattern,
  }: { readonly now: number; readonly context: Context; readonly pattern?: string | undefined },
) => {
  const { actor, mutes } = context;
  const otherSides = await sidesKnownTo(cluster, context);
  const mute: Mute = {
    ...what,
    by: actor.user,
    createdMs: now,
    untilMs: now + forMs,
    otherSides,
    ...omitUndefined({ pattern }),
  };
  return { added: await mutes.add(cluster, mute), mute };
};

const recordMute = (cluster: string, mute: Mute, context: Context): Promise<void> => {
  const until = new Date(mute.untilMs).toISOString();
  return context.record(eventOf('mute', cluster, mute, context, ` until ${until}: ${mute.reason}`));
};

/** Lists the clusters that a pattern matches, among those for which the person has the right. */
const clustersOf = async (
  pattern: string,
  command: CommandName,
  context: Context,
): Promise<Result<readonly string[], Message>> => {
  const known = await visibleOrNone(context.actor, command, context);
  const { clusters } = matchClusters([pattern], known, context.config.owners);
  return clusters.length > 0 ? success(clusters) : failure(renderNoMatch(pattern, known, context.config));
};

/** Commands whose answers show other sides of peerings. */
const showing: readonly CommandName[] = [
  'check',
  'trace',
  'impact',
  'history',
  'diff',
  'digest',
  'subscribe',
];

/** Lists the other sides of a cluster that the author of a mute may have read about; undefined if Slack does not answer. */
const sidesKnownTo = async (cluster: string, context: Context): Promise<readonly string[] | undefined> => {
  const sides = otherSidesOf(context.config.clusters.get(cluster) ?? { peers: {} });
  const known = new Set<string>();
  for (const command of showing) {
    const answer = await visibleClusters(context.actor, command, context, sides);
    if (!answer.ok) return undefined;
    for (const side of answer.value) known.add(side);
  }
  return [...known].sort();
};

const countCovered = async (cluster: string, mute: Mute, reports: Reports): Promise<number | undefined> => {
  const run = (await reports.latest([cluster])).get(cluster)?.run;
  const report = run === undefined ? undefined : await reports.find(run);
  return report?.results
    .flatMap(({ id, findings }) => findings.filter((finding) => covers(mute, id, finding, matchesGlob)))
    .filter(({ severity }) => severity !== 'info').length;
};

/** Ends a mute before its time, of a cluster or of all that a pattern matches. */
export const endMute = (cluster: string, key: MuteKey, context: Context): Promise<Message> =>
  isPattern(cluster) && !context.config.clusters.has(cluster)
    ? endAll(cluster, key, context)
    : endOne(cluster, key, context);

const endAll = async (pattern: string, key: MuteKey, context: Context): Promise<Message> => {
  const { mutes } = context;
  const found = await clustersOf(pattern, 'unmute', context);
  if (!found.ok) return found.error;
  const now = Date.now();
  return endEach(pattern, key, found.value, context, async (cluster) => {
    const ended = await mutes.remove(cluster, key, now);
    return ended !== undefined;
  });
};

/**
 * Ends the mutes that were made at once with a pattern, on each cluster that the person may unmute. What the pattern
 * matches now does not matter: owners and labels change.
 */
export const endMuteGroup = async (
  { pattern, check, subject, createdMs }: MuteGroupTarget,
  context: Context,
): Promise<Message> => {
  const { actor, mutes } = context;
  const known = await visibleOrNone(actor, 'unmute', context);
  const group = new Map(
    (await mutes.list(known, Date.now()))
      .filter(
        (mute) =>
          mute.pattern === pattern &&
          mute.check === check &&
          mute.subject === subject &&
          mute.createdMs === Number(createdMs),
      )
      .map((mute) => [mute.cluster, mute]),
  );
  return endEach(pattern, { check, subject }, [...group.keys()], context, async (cluster) => {
    const mute = group.get(cluster);
    return mute !== undefined && mutes.removeUnchanged(mute);
  });
};

/** Ends the mute of each cluster that has it, and says of how many. `remove` is false for one without. */
const endEach = async (
  pattern: string,
  key: MuteKey,
  clusters: readonly string[],
  context: Context,
  remove: (cluster: string) => Promise<boolean>,
): Promise<Message> => {
  let ended = 0;
  for (const cluster of clusters) {
    if (!(await remove(cluster))) continue;
    ended += 1;
    await context.record(eventOf('unmute', cluster, key, context, ''));
  }
  return ended === 0 ? renderPatternNotMuted(pattern, key) : renderPatternUnmuted(pattern, key, ended);
};

const endOne = async (cluster: string, key: MuteKey, context: Context): Promise<Message> => {
  const { mutes, record } = context;
  const now = Date.now();
  const ended = await mutes.remove(cluster, key, now);
  const inFile = (await mutes.of(cluster, now)).find(
    (mute) => mute.configuredAt !== undefined && mute.check === key.check && mute.subject === key.subject,
  );
  const still = inFile && renderMutedInFile(cluster, inFile);
  if (ended === undefined) {
    if (still) return still;
    const active = await readableMutes(await mutes.list([cluster], now), 'unmute', context);
    const known = active.filter(({ isWithheld }) => !isWithheld);
    return renderNotMuted(cluster, key, known);
  }
  await record(eventOf('unmute', cluster, key, context, ''));
  return still ?? renderUnmuted(cluster, ended);
};

const eventOf = (
  action: string,
  cluster: string,
  { check, subject }: MuteKey,
  { id, actor }: SlackRequest,
  rest: string,
) => ({
  action,
  requestId: id,
  person: actor.user,
  team: actor.team,
  cluster,
  hash: null,
  detail: `${check}${subject === null ? '' : ` of ${JSON.stringify(subject.slice(0, 200))}`}${rest}`,
});

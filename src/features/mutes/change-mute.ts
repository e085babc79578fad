import { visibleClusters } from '../../access/visible-clusters';
import { otherSidesOf } from '../../config/other-sides';
import type { CommandName } from '../../config/commands';
import { matchesGlob } from '../../config/match-glob';
import { within } from '../../queue/within';
import type { Message } from '../../render/slack/limits';
import {
  renderMuted,
  renderMutedInFile,
  renderMutesFull,
  renderNotMuted,
  renderUnmuted,
} from './mutes.message';
import { covers, type Mute } from '../../report/mutes';
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

/** Mutes findings of a cluster, and says what that covers of the last run. */
export const muteFindings = async (
  cluster: string,
  { forMs, ...what }: MuteKey & { readonly forMs: number; readonly reason: string },
  context: Context,
): Promise<Message> => {
  const { actor, deadline, mutes, reports, record } = context;
  const now = Date.now();
  const otherSides = await sidesKnownTo(cluster, context);
  const mute: Mute = { ...what, by: actor.user, createdMs: now, untilMs: now + forMs, otherSides };
  const added = await mutes.add(cluster, mute);
  if (added === 'full') return renderMutesFull(cluster);
  const until = new Date(mute.untilMs).toISOString();
  await record(eventOf('mute', cluster, mute, context, ` until ${until}: ${mute.reason}`));
  // Worth knowing, not worth waiting for.
  const covered = await within(Math.max(0, deadline - now), countCovered(cluster, mute, reports)).catch(
    () => undefined,
  );
  return renderMuted({ cluster, mute, replaced: added === 'replaced', covered });
};

/** Commands whose answers show other sides of peerings. */
const showing: readonly CommandName[] = ['check', 'trace', 'impact', 'history', 'digest', 'subscribe'];

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

/** Ends a mute before its time. */
export const endMute = async (cluster: string, key: MuteKey, context: Context): Promise<Message> => {
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

import { z } from 'zod';
import { renderFailure } from '../../render/slack/failure';
import { renderDigestAdded, renderDigestList, renderDigestRefused } from './notices.message';
import type { Definition } from './definitions.store';
import { clustersOf } from './parse-digest';
import { afterFailure, endPrivately } from '../../slack/api/answer';
import { defineJob, type JobRun, type Outcome } from '../../queue/define';
import { isNoAccess } from '../../slack/api/call';
import { refusalOf } from '../../slack/api/refusal';
import type { JobTools } from '../job-tools';
import { changeDigest, type Changer, noteChange } from './change';
import { factsOf } from './facts';
import { visibleTo } from './owner';

const Wish = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('add'),
    clusters: z.array(z.string()).readonly(),
    when: z.object({ cron: z.string(), words: z.string() }),
    zone: z.string().nullable(),
    onlyChanges: z.boolean(),
  }),
  z.object({ kind: z.literal('list') }),
  z.object({ kind: z.enum(['pause', 'resume', 'remove', 'run']), id: z.string() }),
]);

/** What somebody wants with digests. */
const ManageRequest = z.object({
  wish: Wish,
  channel: z.string(),
  user: z.string(),
  team: z.string(),
  organisation: z.string().optional(),
  responseUrl: z.string().optional(),
});
type ManageRequest = z.infer<typeof ManageRequest>;
type Add = Extract<ManageRequest['wish'], { kind: 'add' }>;

/** More digests than this in one channel are read by nobody. */
const mostInChannel = 25;

/** Beside the checks, which people wait for as well: runs of digests take minutes. */
export const manageDigest = defineJob({
  name: 'manage-digest',
  queue: 'checks',
  payload: ManageRequest,
  options: { attempts: 3, backoffMs: 2000 },

  handle: async (asked, tools, run) => {
    const { wish } = asked;
    if (wish.kind === 'add') return add(asked, wish, tools, run);
    if (wish.kind === 'list') return list(asked, tools, run);
    const definition = await tools.digests.definitions.find(wish.id);
    const refused = await refusalOf(
      asked,
      { command: 'digest', clusters: clustersToChange(asked, definition, tools) },
      tools,
      run,
    );
    if (refused) return refused;
    if (definition === undefined) {
      return endPrivately(asked, renderDigestRefused('unknown', wish.id), tools, run, 'refused');
    }
    const { message, as } = await changeDigest[wish.kind]({ definition, asked, tools, run });
    return endPrivately(asked, message, tools, run, as);
  },

  abandon: async (asked, tools, run) => {
    const message = renderFailure({ kind: 'unexpected', requestId: run.id });
    await endPrivately(asked, message, tools, run, 'failed');
  },
});

/** Whoever changes somebody else's digest needs a right to all that it is about. */
const clustersToChange = (
  { user }: Changer,
  definition: Definition | undefined,
  { config }: Pick<JobTools, 'config'>,
): readonly string[] =>
  definition === undefined || definition.owner === user
    ? []
    : clustersOf(definition.clusters, [...config.clusters.keys()]).clusters;

const actorOf = ({ user, team, organisation, channel }: ManageRequest) => ({
  user,
  team,
  channel,
  ...(organisation === undefined ? {} : { organisation }),
});

const add = async (asked: ManageRequest, wish: Add, tools: JobTools, run: JobRun): Promise<Outcome> => {
  const { definitions, zoneOf } = tools.digests;
  const names = [...tools.config.clusters.keys()];
  // A pattern stands for what the person may see of it; what is called by its name must be allowed.
  const named = wish.clusters.filter((word) => names.includes(word));
  const refused = await refusalOf(asked, { command: 'digest', clusters: named }, tools, run);
  if (refused) return refused;
  const { clusters } = clustersOf(wish.clusters, names);
  const visible = await visibleTo(actorOf(asked), clusters, tools);
  if (!visible.ok) return afterFailure(visible.failure, run);
  if (visible.value.length === 0) {
    const cluster = wish.clusters[0] ?? null;
    const denied = renderFailure({ kind: 'not-allowed', command: 'digest', cluster });
    return endPrivately(asked, denied, tools, run, 'refused');
  }
  const here = (await definitions.all()).filter(({ channel }) => channel === asked.channel);
  if (here.filter(({ request }) => request !== run.id).length >= mostInChannel) {
    return endPrivately(asked, renderDigestRefused('too-many', ''), tools, run, 'refused');
  }
  const known = wish.zone === null ? await zoneOf(asked.user) : { ok: true as const, value: wish.zone };
  if (!known.ok && known.failure.kind !== 'refused') return afterFailure(known.failure, run);
  const zone = known.ok ? known.value : undefined;

  const { clusters: words, when, onlyChanges } = wish;
  const definition = await definitions.add({
    ...actorOf(asked),
    owner: asked.user,
    clusters: [...words],
    when: { ...when, zone: zone ?? 'UTC' },
    onlyChanges,
    activeSince: run.since,
    request: run.id,
  });
  // What is said here is heard by the channel that will hear the digest; and it shows that the bot may post there.
  const added = renderDigestAdded(factsOf(definition, Date.now()), zone === undefined);
  const posted = await tools.poster.post({ channel: asked.channel, name: run.id, since: run.since }, added);
  if (posted.ok) {
    await noteChange('digest-add', definition, { asked, tools, run });
    return { kind: 'done', as: 'added' };
  }
  if (!isNoAccess(posted.failure)) return afterFailure(posted.failure, run);
  await definitions.remove(definition);
  const code = posted.failure.kind === 'refused' ? posted.failure.code : '';
  return endPrivately(asked, renderDigestRefused('no-channel', code), tools, run, 'refused');
};

/** The digests of this channel, then one's own elsewhere. */
const list = async (asked: ManageRequest, tools: JobTools, run: JobRun): Promise<Outcome> => {
  const refused = await refusalOf(asked, { command: 'digest', clusters: [] }, tools, run);
  if (refused) return refused;
  const all = await tools.digests.definitions.all();
  const here = all.filter(({ channel }) => channel === asked.channel);
  const mine = all.filter(({ channel, owner }) => channel !== asked.channel && owner === asked.user);
  const now = Date.now();
  const facts = [...here, ...mine].map((definition) => factsOf(definition, now));
  return endPrivately(asked, renderDigestList(facts, asked.channel), tools, run, 'listed');
};

import { z } from 'zod';
import { renderFailure } from '../../render/slack/failure';
import { renderDigestAdded, renderDigestList, renderDigestRefused } from './notices.message';
import { matchClusters } from '../../config/match-clusters';
import type { JobOutcome } from '../../queue/define';
import { actorOf } from '../../access/actor';
import { visibleClusters, visibleOrNone } from '../../access/visible-clusters';
import { isNoAccess } from '../../slack/api/call';
import { withFormerField } from '../../queue/former-field';
import { defineRequestJob, type RequestContext } from '../../slack/request-job';
import { Requester } from '../../slack/requester';
import { changeDigest, recordChange } from './change';
import { factsOf } from './facts';
import { clustersToChange, visibleWords } from './digest-scope';
import type { ManageServices } from './services';
import { success } from '../../result';

const Change = z.discriminatedUnion('kind', [
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

const ManageRequest = z.object({ change: Change, ...Requester.shape });
type ManageRequest = z.infer<typeof ManageRequest>;
type Add = Extract<ManageRequest['change'], { kind: 'add' }>;
type Context = RequestContext<ManageRequest, ManageServices>;

/** Maximum digests of one channel. */
const maxInChannel = 25;
/** Maximum digests of one person, in all channels. */
const maxOfOwner = 50;

/** Manages digests. Uses the queue of checks, which people wait for: runs of digests take minutes. */
export const manageDigest = defineRequestJob<ManageRequest, ManageServices>({
  name: 'manage-digest',
  queue: 'checks',
  // oxlint-disable-next-line plain-english/words -- queued by earlier versions
  payload: withFormerField(ManageRequest, { name: 'change', former: 'wish' }),
  options: { attempts: 3, backoffMs: 2000 },

  describe: ({ change }) => `command "digest ${change.kind}"`,

  handle: async (context) => {
    const { payload, reply, digests } = context;
    const change = payload.change;
    if (change.kind === 'add') return add(change, context);
    if (change.kind === 'list') return list(context);
    const definition = await digests.find(change.id);
    const refused = await reply.refuseUnless({ command: 'digest', clusters: [] });
    if (refused) return refused;
    const { config } = context;
    const clusters =
      definition === undefined || definition.owner === payload.user
        ? []
        : clustersToChange(definition.clusters, [...config.clusters.keys()], config.owners);
    const visible = await visibleOrNone(actorOf(payload), 'digest', context, clusters);
    if (visible.length < clusters.length) {
      // The refusal does not say which: the person has typed no cluster.
      return reply.privately(
        renderFailure({ kind: 'not-allowed', command: 'digest', cluster: null }),
        'refused',
      );
    }
    if (definition === undefined) {
      return reply.privately(renderDigestRefused('unknown', change.id), 'refused');
    }
    const { message, as } = await changeDigest[change.kind](definition, context);
    return reply.privately(message, as);
  },

  abandon: async ({ id, since, reply, digests, poster }) => {
    // "Internal error" must not leave a digest behind, unless its card says that it was added.
    const made = (await digests.all()).find(({ request }) => request === id);
    if (made !== undefined) {
      const card = await poster.isThere({ channel: made.channel, name: id, since });
      if (card.ok && card.value) return;
      await digests.remove(made);
    }
    await reply.internalError();
  },
});

const add = async (request: Add, context: Context): Promise<JobOutcome> => {
  const { id, since, payload, reply, config, digests, poster, zoneOf } = context;
  const names = [...config.clusters.keys()];
  // A pattern matches the clusters that the person has access to; every named cluster must be allowed.
  const named = request.clusters.filter((word) => names.includes(word));
  const refused = await reply.refuseUnless({ command: 'digest', clusters: named });
  if (refused) return refused;
  const { clusters } = matchClusters(request.clusters, names, config.owners);
  const visible = await visibleClusters(actorOf(payload), 'digest', context, clusters);
  if (!visible.ok) return reply.failed(visible.error);
  if (visible.value.length === 0) {
    const cluster = request.clusters[0] ?? null;
    return reply.privately(renderFailure({ kind: 'not-allowed', command: 'digest', cluster }), 'refused');
  }
  const others = (await digests.all()).filter(({ request: made, fromFile }) => made !== id && !fromFile);
  if (others.filter(({ channel }) => channel === payload.channel).length >= maxInChannel)
    return reply.privately(renderDigestRefused('too-many', ''), 'refused');
  if (others.filter(({ owner }) => owner === payload.user).length >= maxOfOwner)
    return reply.privately(renderDigestRefused('too-many-own', ''), 'refused');
  const known = request.zone === null ? await zoneOf(payload.user) : success(request.zone);
  if (!known.ok && known.error.kind !== 'refused') return reply.failed(known.error);
  const zone = known.ok ? known.value : undefined;

  const { clusters: words, when, onlyChanges } = request;
  const { channel, user: owner, team, organisation } = payload;
  const definition = await digests.add({
    channel,
    owner,
    team,
    organisation,
    clusters: [...words],
    when: { ...when, zone: zone ?? 'UTC' },
    onlyChanges,
    activeSince: since,
    request: id,
  });
  // Posted to the channel that gets the digest: this also shows that the bot may post there.
  const added = renderDigestAdded(factsOf(definition, Date.now()), zone === undefined);
  const posted = await poster.post({ channel, name: id, since }, added);
  if (posted.ok) {
    await recordChange('digest-add', definition, context);
    return { kind: 'done', as: 'added' };
  }
  if (!isNoAccess(posted.error)) return reply.failed(posted.error);
  await digests.remove(definition);
  const code = posted.error.kind === 'refused' ? posted.error.code : '';
  return reply.privately(renderDigestRefused('no-channel', code), 'refused');
};

/** Lists the digests of this channel, then the person's own in others. */
const list = async (context: Context): Promise<JobOutcome> => {
  const { payload, reply, config, digests } = context;
  const refused = await reply.refuseUnless({ command: 'digest', clusters: [] });
  if (refused) return refused;
  const visible = await visibleOrNone(actorOf(payload), 'digest', context);
  const all = (await digests.all())
    .map((definition) => ({
      ...definition,
      clusters: visibleWords(definition.clusters, visible, config.owners),
    }))
    .filter(({ clusters, owner }) => clusters.length > 0 || owner === payload.user);
  const here = all.filter(({ channel }) => channel === payload.channel);
  const own = all.filter(({ channel, owner }) => channel !== payload.channel && owner === payload.user);
  const now = Date.now();
  const facts = [...here, ...own].map((definition) => factsOf(definition, now));
  return reply.privately(renderDigestList(facts, payload.channel), 'listed');
};

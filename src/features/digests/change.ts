import { queueProblem } from '../../slack/queue-problem';
import { renderDigestChanged, renderDigestRefused } from './notices.message';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { Definition } from './definitions.store';
import type { JobRun } from '../../queue/define';
import type { Requester } from '../../slack/requester';
import { factsOf } from './facts';
import { runDigest } from './run-digest';
import type { ManageServices } from './services';

type Context = Pick<ManageServices, 'digests' | 'digestRuns' | 'queue' | 'record'> &
  Pick<JobRun, 'id' | 'since'> & { readonly payload: Requester };

/** The answer to the requester, and how the job ends. */
interface Changed {
  readonly message: Message;
  readonly as: string;
}

const refused = (why: Parameters<typeof renderDigestRefused>[0], definition: Definition): Changed => ({
  message: renderDigestRefused(why, definition.id, factsOf(definition, Date.now())),
  as: 'refused',
});

const changed = (
  as: Parameters<typeof renderDigestChanged>[0],
  definition: Definition,
  takenOver = false,
): Changed => ({
  message: renderDigestChanged(as, factsOf(definition, Date.now()), takenOver),
  as,
});

/** Changes a digest for a person who may. Of two changes at once, the second is refused. */
export const changeDigest = {
  run: async (definition: Definition, { id, since, payload, queue }: Context): Promise<Changed> => {
    if (definition.paused !== null) return refused('is-paused', definition);
    const digest = definition.id;
    // A double click must not check a thousand clusters twice.
    const queued = await queue(
      runDigest,
      { digest, planned: since, requestedBy: payload.user },
      { id: `digest-${digest}-${id}`, key: `digest/${digest}` },
    );
    if (queued.kind === 'queued' || queued.kind === 'joined') return changed(queued.kind, definition);
    return { message: queueProblem(queued) ?? renderFailure({ kind: 'queue-down' }), as: 'refused' };
  },

  remove: async (definition: Definition, context: Context): Promise<Changed> => {
    if (definition.fromFile) return refused('from-file', definition);
    if (!(await context.digests.remove(definition))) return refused('changed', definition);
    await context.digestRuns.forget(definition.id);
    await recordChange('digest-remove', definition, context);
    return changed('removed', definition);
  },

  pause: async (definition: Definition, context: Context): Promise<Changed> => {
    if (definition.fromFile) return refused('from-file', definition);
    if (definition.paused !== null) return refused('is-paused', definition);
    const paused = { at: Date.now(), by: context.payload.user, why: 'asked' as const, detail: '' };
    const now = await context.digests.change(definition, { paused });
    if (now === undefined) return refused('changed', definition);
    await recordChange('digest-pause', now, context);
    return changed('paused', now);
  },

  resume: async (definition: Definition, context: Context): Promise<Changed> => {
    const { user, team, organisation } = context.payload;
    if (definition.fromFile) return refused('from-file', definition);
    if (definition.paused === null) return refused('is-running', definition);
    // An owner whose rights were not enough cannot continue as its owner.
    const takesOver = definition.paused.why === 'owner' && definition.owner !== user;
    const now = await context.digests.change(definition, {
      paused: null,
      activeSince: Date.now(),
      ...(takesOver && { owner: user, team, organisation }),
    });
    if (now === undefined) return refused('changed', definition);
    await context.digestRuns.note(definition.id, { refusals: 0 });
    await recordChange('digest-resume', now, context);
    return changed('resumed', now, takesOver);
  },
} as const;

/** Records in the audit trail who changed which digest. */
export const recordChange = (
  action: string,
  { id, clusters, when, channel }: Definition,
  context: Pick<Context, 'id' | 'payload' | 'record'>,
): Promise<void> =>
  context.record({
    action,
    requestId: context.id,
    person: context.payload.user,
    team: context.payload.team,
    cluster: null,
    hash: null,
    detail: `digest ${id} in ${channel}: ${clusters.join(' ').slice(0, 200)}, ${when.words} (${when.zone})`,
  });

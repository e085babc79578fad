import { renderDigestChanged, renderDigestRefused } from './notices.message';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { Definition } from './definitions.store';
import type { JobRun } from '../../queue/define';
import type { JobTools } from '../job-tools';
import { factsOf } from './facts';
import { runDigest } from './run-digest';

/** Who changes a digest. */
export interface Changer {
  readonly user: string;
  readonly team: string;
  readonly organisation?: string | undefined;
}

interface Context {
  readonly asked: Changer;
  readonly tools: Pick<JobTools, 'digests' | 'record'>;
  readonly run: JobRun;
}

interface Change extends Context {
  /** As it was read. */
  readonly definition: Definition;
}

/** What the one who asked is told, and how the job ends. */
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

/** What can be done with a digest, for someone who may. Of two who change it at once the second is told so. */
export const changeDigest = {
  run: async ({ definition, asked, tools, run }: Change): Promise<Changed> => {
    const { id, paused } = definition;
    if (paused !== null) return refused('is-paused', definition);
    const request = { digest: id, planned: run.since, askedBy: asked.user };
    // Whoever clicks twice shall not have a thousand clusters checked twice.
    const queued = await tools.digests.queue(runDigest, request, {
      id: `digest-${id}-${run.id}`,
      key: `digest/${id}`,
    });
    if (queued.kind !== 'failed') return changed(queued.kind, definition);
    return { message: renderFailure({ kind: 'queue-down' }), as: 'refused' };
  },

  remove: async ({ definition, ...context }: Change): Promise<Changed> => {
    const { definitions, runs } = context.tools.digests;
    if (!(await definitions.remove(definition))) return refused('changed', definition);
    await runs.forget(definition.id);
    await noteChange('digest-remove', definition, context);
    return changed('removed', definition);
  },

  pause: async ({ definition, ...context }: Change): Promise<Changed> => {
    if (definition.paused !== null) return refused('is-paused', definition);
    const paused = { at: Date.now(), by: context.asked.user, why: 'asked' as const, detail: '' };
    const now = await context.tools.digests.definitions.change(definition, { paused });
    if (now === undefined) return refused('changed', definition);
    await noteChange('digest-pause', now, context);
    return changed('paused', now);
  },

  resume: async ({ definition, ...context }: Change): Promise<Changed> => {
    const { definitions, runs } = context.tools.digests;
    const { user, team, organisation } = context.asked;
    if (definition.paused === null) return refused('is-running', definition);
    // Whose rights were not enough cannot carry it on.
    const takesOver = definition.paused.why === 'owner' && definition.owner !== user;
    const now = await definitions.change(definition, {
      paused: null,
      activeSince: Date.now(),
      ...(takesOver ? { owner: user, team, organisation } : {}),
    });
    if (now === undefined) return refused('changed', definition);
    await runs.note(definition.id, { refusals: 0 });
    await noteChange('digest-resume', now, context);
    return changed('resumed', now, takesOver);
  },
} as const;

/** Notes down who changed which digest. */
export const noteChange = (
  action: string,
  { id, clusters, when, channel }: Definition,
  {
    asked,
    tools,
    run,
  }: { readonly asked: Changer; readonly tools: Pick<JobTools, 'record'>; readonly run: JobRun },
): Promise<void> =>
  tools.record({
    action,
    requestId: run.id,
    person: asked.user,
    team: asked.team,
    cluster: null,
    hash: null,
    detail: `digest ${id} in ${channel}: ${clusters.join(' ').slice(0, 200)}, ${when.words} (${when.zone})`,
  });

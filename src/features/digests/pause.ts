import { renderDigestPaused } from './notices.message';
import type { Definition, Paused } from './definitions.store';
import type { JobOutcome, JobRun } from '../../queue/define';
import { tellOwner } from '../../slack/api/tell-owner';
import type { DigestServices } from './services';
import { factsOf } from './facts';

type Context = Pick<DigestServices, 'poster' | 'digests' | 'record' | 'botName'> & Pick<JobRun, 'id' | 'log'>;

/** Pauses a digest that cannot go on, records that, and tells its owner in private. */
export const pauseByBot = async (
  definition: Definition,
  why: Exclude<Paused['why'], 'asked'>,
  detail: string,
  context: Context,
): Promise<JobOutcome> => {
  const { id, log, digests, record, botName } = context;
  if (definition.fromFile) {
    // Its next run tries again: the file is what pauses or removes it.
    log.error({ digest: definition.id, why, detail }, 'a digest of the clusters file could not be posted');
    return { kind: 'done', as: 'refused' };
  }
  const paused = { at: Date.now(), by: null, why, detail };
  const changed = await digests.change(definition, { paused });
  // It was just changed; the next run decides again.
  if (changed === undefined) return { kind: 'done', as: 'changed' };
  log.warn({ digest: definition.id, why, detail }, 'digest paused');
  await record({
    action: 'digest-pause',
    requestId: id,
    person: botName,
    team: definition.team,
    cluster: null,
    hash: null,
    detail: `digest ${definition.id} of ${definition.owner}: ${why} ${detail}`.trim(),
  });
  return tellPaused(changed, paused, context);
};

/** Tells the owner of a digest that it is paused, once, even if an earlier attempt could not. */
export const tellPaused = (
  definition: Definition,
  { at }: Paused,
  context: Pick<Context, 'poster' | 'log'>,
): Promise<JobOutcome> => {
  const target = { channel: definition.owner, name: `digest/${definition.id}/paused/${at}`, since: at };
  return tellOwner(target, renderDigestPaused(factsOf(definition, Date.now())), context, 'paused');
};

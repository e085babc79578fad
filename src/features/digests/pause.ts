import { renderDigestPaused } from './notices.message';
import type { Definition, Paused } from './definitions.store';
import type { JobRun, Outcome } from '../../queue/define';
import { tellOwner } from '../../slack/api/tell-owner';
import type { JobTools } from '../job-tools';
import { factsOf } from './facts';

type Tools = Pick<JobTools, 'poster' | 'digests' | 'record' | 'botName'>;

/** Pauses a digest that cannot go on, notes it down, and tells its owner in private. */
export const pauseByBot = async (
  definition: Definition,
  why: Exclude<Paused['why'], 'asked'>,
  detail: string,
  tools: Tools,
  run: JobRun,
): Promise<Outcome> => {
  const { digests, record, botName } = tools;
  const paused = { at: Date.now(), by: null, why, detail };
  const changed = await digests.definitions.change(definition, { paused });
  // Somebody has just changed it: the next run looks again.
  if (changed === undefined) return { kind: 'done', as: 'changed' };
  run.log.warn({ digest: definition.id, why, detail }, 'digest paused');
  await record({
    action: 'digest-pause',
    requestId: run.id,
    person: botName,
    team: definition.team,
    cluster: null,
    hash: null,
    detail: `digest ${definition.id} of ${definition.owner}: ${why} ${detail}`.trim(),
  });
  return tellPaused(changed, paused, tools, run);
};

/** Tells the owner of a digest that it is paused, once, also where an earlier attempt could not. */
export const tellPaused = (
  definition: Definition,
  { at }: Paused,
  tools: Pick<Tools, 'poster'>,
  run: JobRun,
): Promise<Outcome> => {
  const target = { channel: definition.owner, name: `digest/${definition.id}/paused/${at}`, since: at };
  return tellOwner(target, renderDigestPaused(factsOf(definition, Date.now())), tools, run, 'paused');
};

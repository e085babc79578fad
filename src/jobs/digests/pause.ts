import { renderDigestPaused } from '../../render/slack/digest-notices';
import type { Definition, Paused } from '../../store/digests/definitions';
import type { JobRun } from '../define';
import { describeFailure } from '../posting/call';
import type { JobTools } from '../tools';
import { factsOf } from './facts';

type Tools = Pick<JobTools, 'poster' | 'digests' | 'record' | 'botName'>;

/** Pauses a digest that cannot go on, notes it down, and tells its owner in private. */
export const pauseByBot = async (
  definition: Definition,
  why: Exclude<Paused['why'], 'asked'>,
  detail: string,
  { poster, digests, record, botName }: Tools,
  run: JobRun,
): Promise<void> => {
  const paused = { at: Date.now(), by: null, why, detail };
  const changed = await digests.definitions.change(definition, { paused });
  // Somebody has just changed it: the next run looks again.
  if (changed === undefined) return;
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
  const target = { channel: definition.owner, name: `${run.id}/paused`, since: run.since };
  const told = await poster.post(target, renderDigestPaused(factsOf(changed, Date.now())));
  if (!told.ok)
    run.log.warn({ reason: describeFailure(told.failure) }, 'could not tell the owner of a digest');
};

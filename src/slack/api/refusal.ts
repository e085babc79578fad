import type { RequestFailure } from '../../render/failure';
import { renderFailure } from '../../render/slack/failure';
import { type Asker, endPrivately } from './answer';
import type { Decision } from '../../access/access';
import type { JobRun, Outcome } from '../../queue/define';
import type { Wish } from '../../access/authorizer';
import { describeFailure } from './call';
import type { JobTools } from '../../features/job-tools';

interface Requester extends Asker {
  readonly team: string;
  readonly organisation?: string | undefined;
}

/** What a person is told who may not. */
export const refusalWords = (
  decision: Exclude<Decision, { kind: 'allowed' }>,
  { command, clusters }: Wish,
): RequestFailure =>
  decision.kind === 'denied' && decision.because !== 'not-granted'
    ? { kind: 'other-team' }
    : { kind: 'not-allowed', command, cluster: clusters[0] ?? null };

/**
 * The first step of every job that somebody asked for: may they? The listener only refused what it could refuse
 * without asking Slack, so that nothing slow came before the acknowledgement; here everything is asked, and
 * rights that ended while the job waited no longer count. Undefined: they may.
 */
export const refusalOf = async (
  asker: Requester,
  wish: Wish,
  tools: Pick<JobTools, 'authorizer' | 'poster' | 'respond' | 'messageRefs' | 'botName'>,
  run: JobRun,
): Promise<Outcome | undefined> => {
  const { user, team, organisation, channel } = asker;
  const actor = { user, team, channel, ...(organisation === undefined ? {} : { organisation }) };
  const answer = await tools.authorizer.authorize(actor, wish);
  if (answer.ok) {
    const decision = answer.value;
    if (decision.kind === 'allowed') return undefined;
    run.log.info({ user, command: wish.command, decision }, 'refused');
    return endPrivately(asker, renderFailure(refusalWords(decision, wish)), tools, run, 'refused');
  }
  const reason = describeFailure(answer.failure);
  if (answer.failure.kind === 'rate-limited') return { kind: 'later', afterMs: answer.failure.retryAfterMs };
  if (answer.failure.kind === 'lost' && run.attempt < run.attempts) return { kind: 'again', reason };
  run.log.error({ reason }, 'could not ask Slack who the requester is, so nobody is let in');
  const told = renderFailure({ kind: 'unexpected', requestId: run.id });
  return endPrivately(asker, told, tools, run, 'undecided');
};

import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { Actor } from '../../access/access';
import type { JobRun, Outcome } from '../../queue/define';
import type { Authorizer, Wish } from '../../access/authorizer';
import { describeFailure } from '../../slack/api/call';
import { refusalWords } from '../../slack/api/refusal';

/** Who acts, as a payload or a request holds it. */
interface Person {
  readonly user: string;
  readonly team: string;
  readonly organisation?: string | undefined;
  readonly channel: string;
}

export const actorOf = ({ user, team, organisation, channel }: Person): Actor => ({
  user,
  team,
  channel,
  ...(organisation === undefined ? {} : { organisation }),
});

export type Right =
  | { readonly kind: 'allowed' }
  /** `sure`: they may not. Otherwise Slack did not say who they are, and nobody is let in. */
  | { readonly kind: 'refused'; readonly sure: boolean; readonly message: Message }
  /** Slack is to be asked again. */
  | { readonly kind: 'outcome'; readonly outcome: Outcome };

/** Whether a person may, asked now. What is refused is for the caller to tell. */
export const rightOf = async (
  person: Person,
  wish: Wish,
  authorizer: Authorizer,
  run: JobRun,
): Promise<Right> => {
  const answer = await authorizer.authorize(actorOf(person), wish);
  if (answer.ok) {
    if (answer.value.kind === 'allowed') return { kind: 'allowed' };
    run.log.info({ user: person.user, wish, decision: answer.value }, 'refused');
    return { kind: 'refused', sure: true, message: renderFailure(refusalWords(answer.value, wish)) };
  }
  const { failure } = answer;
  const reason = describeFailure(failure);
  if (run.attempt < run.attempts) {
    const outcome: Outcome =
      failure.kind === 'rate-limited'
        ? { kind: 'later', afterMs: failure.retryAfterMs }
        : { kind: 'again', reason };
    return { kind: 'outcome', outcome };
  }
  run.log.error({ reason }, 'could not ask Slack who this is, so nobody is let in');
  return { kind: 'refused', sure: false, message: renderFailure({ kind: 'unexpected', requestId: run.id }) };
};

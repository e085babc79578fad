import { renderFailure } from '../../../render/slack/failure';
import type { Message } from '../../../render/slack/limits';
import { type Actor, actorOf } from '../../../access/actor';
import type { JobOutcome, JobRun } from '../../../queue/define';
import type { Authorizer, Permission } from '../../../access/authorizer';
import { describeFailure } from '../../../slack/api/call';
import { refusalWords } from '../../../slack/refusal';

export type Permit =
  | { readonly kind: 'allowed' }
  /** `sure`: they may not. Otherwise Slack did not say who they are, so they are refused too. */
  | { readonly kind: 'refused'; readonly sure: boolean; readonly message: Message }
  /** Slack must be asked again. */
  | { readonly kind: 'outcome'; readonly outcome: JobOutcome };

/** Asks Slack whether a person has a permission. The caller tells them about a refusal. */
export const permitFor = async (
  person: Actor,
  permission: Permission,
  authorizer: Authorizer,
  { id, attempt, attempts, log }: Pick<JobRun, 'id' | 'attempt' | 'attempts' | 'log'>,
): Promise<Permit> => {
  const answer = await authorizer.authorize(actorOf(person), permission);
  if (answer.ok) {
    if (answer.value.kind === 'allowed') return { kind: 'allowed' };
    log.info({ user: person.user, permission, decision: answer.value }, 'refused');
    return { kind: 'refused', sure: true, message: renderFailure(refusalWords(answer.value, permission)) };
  }
  const { error: failure } = answer;
  const reason = describeFailure(failure);
  if (attempt < attempts) {
    const outcome: JobOutcome =
      failure.kind === 'rate-limited'
        ? { kind: 'delay', afterMs: failure.retryAfterMs }
        : { kind: 'retry', reason };
    return { kind: 'outcome', outcome };
  }
  log.error({ reason }, 'could not ask Slack who this is, so the request is refused');
  return { kind: 'refused', sure: false, message: renderFailure({ kind: 'unexpected', requestId: id }) };
};

/** The clusters for which a person has a permission. Never none: then the person is refused. */
export type PermittedClusters =
  | { readonly kind: 'clusters'; readonly clusters: readonly string[] }
  | Exclude<Permit, { kind: 'allowed' }>;

/** Asks Slack for which of the clusters of a request a person has a permission. */
export const permittedClusters = async (
  person: Actor,
  command: Permission['command'],
  clusters: readonly string[],
  authorizer: Authorizer,
  run: Parameters<typeof permitFor>[3],
): Promise<PermittedClusters> => {
  const permitted: string[] = [];
  let refused: PermittedClusters | undefined;
  for (const cluster of clusters) {
    const permit = await permitFor(person, { command, clusters: [cluster] }, authorizer, run);
    if (permit.kind === 'allowed') permitted.push(cluster);
    else if (permit.kind === 'refused' && permit.sure) refused ??= permit;
    else return permit;
  }
  if (permitted.length > 0 || refused === undefined) return { kind: 'clusters', clusters: permitted };
  return refused;
};

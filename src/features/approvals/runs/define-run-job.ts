import { omitUndefined } from '../../../omit-undefined';
import type { Job } from '../../../queue/define';
import { showCard } from '../jobs/show-card';
import { examine, type ReadSides } from './examine';
import { requestKinds } from '../plans/kinds';
import { RunRequest } from '../jobs/payloads';
import type { ApprovalRecord, Work } from '../requests/request';
import { type ApprovalServices, defineSealedJob, type Sealed, type SealedContext } from '../jobs/sealed-job';
import { type Sides, withSides } from './sides';
import { tellRequester } from '../jobs/tell-requester';

type Claim = RunRequest['claim'];
type Context = SealedContext<Claim>;

/** The end of a run. `lose`: it is not known yet, and the reconcile step finds out. */
export interface RunEnd {
  readonly event: 'finish' | 'fail' | 'lose';
  readonly message: string;
  readonly facts?: readonly string[];
  /** The work of the run with facts that are known only now. */
  readonly work?: Work;
}

/** A run on clusters that still are as they were approved. */
export interface Run {
  readonly record: ApprovalRecord;
  readonly sides: Sides;
  readonly context: Context;
  /** The facts of the clusters before the run. */
  readonly before: ReadSides;
  /** Renews the lease and stores the next write. False: the run may no longer write. */
  readonly mayWrite: (work?: Work) => Promise<boolean>;
  readonly progress: (words: string) => Promise<void>;
}

interface RunJob {
  /** Signed with its claims, so it never changes. */
  readonly name: string;
  readonly kind: Exclude<ApprovalRecord['request']['kind'], 'token'>;
  readonly run: (run: Run) => Promise<RunEnd>;
}

/**
 * Declares the job that carries out an approved request on its clusters. One attempt: a run that was cut off finds its
 * request running and leaves it to the reconcile step, which reads both clusters.
 */
export const defineRunJob = ({ name, kind, run }: RunJob): Job<Sealed<Claim>, ApprovalServices> =>
  defineSealedJob<Claim>({
    name,
    payload: RunRequest,
    options: { attempts: 1, backoffMs: 1000 },

    handle: async (context) => {
      const { tokens, log, signal } = context;
      const { request: id } = context.claim;
      const found = await tokens.approvals.find(id);
      if (typeof found === 'string' || found.request.kind !== kind) {
        log.error({ approval: id }, 'a job for an unknown request');
        return { kind: 'done', as: 'missing' };
      }
      if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
      const started = await tokens.approvals.start(id, context.id);
      if (!started.ok) {
        log.info({ approval: id, reason: started.error.reason }, 'nothing to start');
        if (started.error.record?.state === 'failed') await showCard(id, context);
        return { kind: 'done', as: started.error.reason };
      }
      const record = started.value;
      const outcome = await runOnce(record, context, run);
      const ended = await tokens.approvals.end(
        id,
        outcome.event,
        { message: outcome.message, facts: outcome.facts ?? [] },
        { fence: record.fence, ...omitUndefined({ work: outcome.work }) },
      );
      await showCard(id, context);
      if (ended.ok) await tellRequester(ended.value, context, log);
      return {
        kind: 'done',
        as: { finish: requestKinds[kind].done, fail: 'failed', lose: 'unknown' }[outcome.event],
      };
    },

    // Nobody waits for an answer: the card shows the state of the request, and the reconcile step ends it.
    abandon: async ({ claim: { request }, log }) => {
      log.error(
        { approval: request },
        `a ${kind} was given up, and is reconciled with what the clusters show`,
      );
    },
  });

const runOnce = async (record: ApprovalRecord, context: Context, run: RunJob['run']): Promise<RunEnd> => {
  const { signal, tokens } = context;
  const { request, fence } = record;
  const progress = async (words: string): Promise<void> => {
    await showCard(request.id, context, words);
  };
  // Slack may be slow, so the clusters are read after this call.
  await progress(requestKinds[request.kind].running);
  const before = await examine(request, context, signal);
  if (signal.aborted) return { event: 'fail', message: 'stopped before anything was written' };
  if (before.kind === 'unreadable')
    return { event: 'fail', message: `nothing was written: ${before.message}` };
  if (before.kind === 'changed') return { event: 'fail', message: before.message };
  const done = await withSides(request, context, async (sides) =>
    run({
      record,
      sides,
      context,
      before,
      mayWrite: async (work) => !signal.aborted && tokens.approvals.renewLease(request.id, fence, work),
      progress,
    }),
  );
  return done.ok ? done.value : { event: 'fail', message: `changed since approval: ${done.error}` };
};

import { checkPairPaths } from '../runs/check-paths';
import { defineRunJob, type RunEnd, type Run } from '../runs/define-run-job';
import { disconnectState, leftWords } from './disconnect-state';
import { examine, type ReadSides } from '../runs/examine';
import type { Work } from '../requests/request';
import { dialerOf, markOf, type Side } from '../runs/sides';
import { waitForEnd } from '../runs/wait-for-end';
import { deleteApproved } from '../runs/write-peering';

/** Deletes the approved peering on each side behind the fence, the acceptor's first, and waits until both are gone. */
const disconnect = async (run: Run): Promise<RunEnd> => {
  const { record, sides, context, before, mayWrite, progress } = run;
  const { request } = record;
  const { signal } = context;
  const work: Work = {
    before: markOf(before.acceptor.peering),
    after: null,
    dialer: markOf(before.dialer?.peering ?? null),
  };
  const existing = [
    { side: sides.acceptor, exists: work.before !== null },
    { side: dialerOf(sides), exists: work.dialer !== null },
  ].filter(({ exists }) => exists);

  if (!(await mayWrite(work))) return { event: 'fail', message: 'stopped before anything was deleted' };
  for (const [at, { side }] of existing.entries()) {
    if (at > 0) {
      await progress(`deleting the peering ${side.name} on ${side.cluster}`);
      const examinedNow = await examine(request, context, signal, withoutDeletion(before));
      if (examinedNow.kind !== 'same') return endWith(run, work, examinedNow.message);
    }
    const deleted = await deleteOn(side, run);
    if (!deleted.ok && !deleted.error.open) return endWith(run, work, deleted.error.message);
  }
  await progress('waiting until the peering is gone on both sides');
  return waitUntilGone(run, work);
};

const deleteOn = (
  side: Side,
  { record: { request }, context, mayWrite }: Run,
): ReturnType<typeof deleteApproved> =>
  deleteApproved({ client: side.client, request, approvals: context.tokens.approvals }, side, () =>
    mayWrite(),
  );

/** Puts back the acceptor's peering, which this request deleted: it is gone, or Consul is deleting it. */
const withoutDeletion =
  ({ acceptor: { peering: before } }: ReadSides) =>
  ({ acceptor, dialer }: ReadSides): ReadSides => {
    const { peering } = acceptor;
    const own = peering === null || (peering.id === before?.id && peering.state === 'DELETING');
    return own ? { acceptor: { ...acceptor, peering: before }, dialer } : { acceptor, dialer };
  };

/** Ends a run that may not go on, with what the clusters show. */
const endWith = async ({ sides }: Run, work: Work, message: string): Promise<RunEnd> => {
  const state = await disconnectState(work, sides);
  if (state.kind === 'waiting') return { event: 'lose', message: `${message}; ${state.message}` };
  if (state.kind === 'gone') return { event: 'finish', message: gone, facts: state.facts };
  return { event: 'fail', message: `${leftWords(state.deleted)}: ${message}`, facts: state.facts };
};

const gone = 'the peering is deleted on both sides';

/**
 * Waits until Consul has deleted both. Where the news that the other side was deleted overtakes a deletion, Consul gives that
 * deletion up and leaves the peering TERMINATED: it is deleted once more.
 */
const waitUntilGone = async (run: Run, work: Work): Promise<RunEnd> => {
  const { record, context, sides } = run;
  const repeated = new Set<Side>();
  const end = await waitForEnd(run, async () => {
    const state = await disconnectState(work, sides, context.signal);
    if (state.kind === 'left') {
      for (const side of state.terminated.filter((one) => !repeated.has(one))) {
        repeated.add(side);
        const deleted = await deleteOn(side, run);
        if (!deleted.ok && !deleted.error.open) return endWith(run, work, deleted.error.message);
      }
    }
    if (state.kind !== 'gone') return undefined;
    const paths = await checkPairPaths(record.request, context, context);
    return { event: 'finish', message: gone, facts: [...state.facts, ...paths] };
  });
  return typeof end === 'object' ? end : endWith(run, work, 'the peering was not gone in time');
};

/** Ends the peering of two clusters after approval. */
export const disconnectClusters = defineRunJob({
  name: 'disconnect-clusters',
  kind: 'disconnect',
  run: disconnect,
});

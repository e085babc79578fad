import { connectState } from './connect-state';
import { defineRunJob, type RunEnd, type Run } from '../runs/define-run-job';
import { examine, withoutOwnToken } from '../runs/examine';
import type { Work } from '../requests/request';
import { dialerOf, markOf } from '../runs/sides';
import { tokenProblem } from '../token/contents';
import { undoConnect } from './undo-connect';
import { waitForEnd } from '../runs/wait-for-end';
import { establish, generate } from '../runs/write-peering';

/** Writes to both clusters, each time behind the fence. Undoes a failed write at once if its result is certain. */
const connect = async (run: Run): Promise<RunEnd> => {
  const { record, sides, context, before, mayWrite, progress } = run;
  const { peering, trustDomain, datacenter } = before.acceptor;
  const work: Work = { before: markOf(peering), after: null };
  const { request, fence } = record;
  const { tokens, signal } = context;
  const { approvals } = tokens;
  const { acceptor } = sides;
  const dialer = dialerOf(sides);
  // A run that was suspended, and so counts as lost, still undoes its own writes.
  const mayUndo = async (): Promise<boolean> => {
    if (signal.aborted) return false;
    if (await approvals.renewLease(request.id, fence)) return true;
    const now = await approvals.find(request.id);
    return typeof now !== 'string' && (now.state === 'unknown' || now.state === 'failed');
  };
  const undo = async (message: string): Promise<RunEnd> => {
    const undone = await undoConnect({ ...record, work }, sides, tokens, mayUndo);
    return undone.ok
      ? { event: 'fail', message, facts: undone.value }
      : { event: 'lose', message: `${message}; ${undone.error}` };
  };

  if (!(await mayWrite(work))) return { event: 'fail', message: 'stopped before anything was written' };
  const generated = await generate({ client: acceptor.client, request, approvals });
  if (!generated.ok) {
    const message = `no token could be generated on ${acceptor.cluster}: ${generated.error.message}`;
    return generated.error.open ? undo(message) : { event: 'fail', message };
  }
  const { token } = generated.value;
  // The trust domain is part of what was approved. Another cluster's token would make that cluster the peer.
  const problem = tokenProblem(token, {
    trustDomain,
    datacenter,
    externalAddresses: request.externalAddresses,
  });
  if (problem !== undefined) return undo(`${acceptor.cluster} is not what was approved: ${problem}`);

  await progress(`establishing the peering on ${dialer.cluster}`);
  // The last check before the write to the dialer: access, both clusters, and that the name is free there.
  const examinedNow = await examine(request, context, signal, withoutOwnToken(request, peering));
  if (examinedNow.kind !== 'same') return undo(examinedNow.message);
  if (!(await mayWrite())) return undo('stopped between the two writes');
  const established = await establish({ client: dialer.client, request, approvals }, token);
  if (!established.ok && !established.error.open)
    return undo(`${dialer.cluster} did not establish the peering: ${established.error.message}`);

  await progress('waiting until both sides are ACTIVE');
  return waitForBoth(run, established, undo);
};

/** Waits until both sides are ACTIVE. If establishing failed without effect, undoes the rest. */
const waitForBoth = async (
  run: Run,
  established: Awaited<ReturnType<typeof establish>>,
  undo: (message: string) => Promise<RunEnd>,
): Promise<RunEnd> => {
  const { record, sides, context } = run;
  let last = '';
  const end = await waitForEnd(run, async () => {
    const state = await connectState(record, sides, context.signal);
    if (state.kind === 'active') return { event: 'finish', message: 'both sides are ACTIVE' };
    if (state.kind === 'other') return undo(state.message);
    // After an answer of Consul, a peering that does not exist yet will not appear later.
    if (state.kind === 'nothing' && !established.ok && established.error.answered)
      return undo(`the peering could not be established: ${established.error.message}`);
    last = state.kind === 'nothing' ? 'there is no peering yet' : state.message;
    return undefined;
  });
  if (typeof end === 'object') return end;
  if (end === 'stopped') return undo('stopped while the peering came up');
  const state = await connectState(record, sides);
  if (state.kind === 'nothing') {
    const why = established.ok ? 'it did not become ACTIVE' : established.error.message;
    return undo(`the peering could not be established: ${why}`);
  }
  return { event: 'lose', message: `the peering was not ACTIVE on both sides in time: ${last}` };
};

/** Peers two clusters after approval; no person sees the token. */
export const connectClusters = defineRunJob({ name: 'connect-clusters', kind: 'connect', run: connect });

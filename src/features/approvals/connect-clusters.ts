import { setTimeout as sleep } from 'node:timers/promises';
import type { ApprovalRecord, Work } from './request';
import { showCard } from './cards';
import { examine } from './examine';
import { ConnectClusters } from './payloads';
import type { ClusterFacts } from './plan';
import { connectState } from './reconcile';
import { markOf, type Side, type Sides, withSides } from './sides';
import { defineSealedJob, type SealedContext } from './sealed-job';
import { tellRequester } from './tell-requester';
import { tokenProblem } from './token-contents';
import { undoConnect } from './undo';
import { establish, generate } from './write-peering';

type Claim = ConnectClusters['claim'];
type Context = SealedContext<Claim>;

/**
 * Peers two clusters after approval; no person sees the token. One attempt: a run that was cut off finds its request
 * running and leaves it to the reconcile step, which reads both clusters.
 */
export const connectClusters = defineSealedJob<Claim>({
  name: 'connect-clusters',
  payload: ConnectClusters,
  options: { attempts: 1, backoffMs: 1000 },

  handle: async (context) => {
    const { tokens, log, signal } = context;
    const { request: id } = context.claim;
    const found = await tokens.approvals.find(id);
    if (typeof found === 'string' || found.request.kind !== 'connect') {
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
    const outcome = await connectOnce(record, context);
    const ended = await tokens.approvals.end(
      id,
      outcome.event,
      { message: outcome.message, facts: outcome.facts ?? [] },
      { fence: record.fence },
    );
    await showCard(id, context);
    if (ended.ok) await tellRequester(ended.value, context, log);
    return { kind: 'done', as: { finish: 'connected', fail: 'failed', lose: 'unknown' }[outcome.event] };
  },

  // Nobody waits for an answer: the card shows the state of the request, and the reconcile step ends it.
  abandon: async ({ claim: { request }, log }) => {
    log.error({ approval: request }, 'a connect was given up, and is reconciled with what the clusters show');
  },
});

interface Ended {
  readonly event: 'finish' | 'fail' | 'lose';
  readonly message: string;
  readonly facts?: readonly string[];
}

const connectOnce = async (record: ApprovalRecord, context: Context): Promise<Ended> => {
  const { signal } = context;
  const { request } = record;
  // Slack may be slow, so the clusters are read after this call.
  await showCard(request.id, context, `generating a token on ${request.acceptor}`);
  const examined = await examine(request, context, signal);
  if (signal.aborted) return { event: 'fail', message: 'stopped before anything was written' };
  if (examined.kind === 'unreadable')
    return { event: 'fail', message: `nothing was written: ${examined.message}` };
  if (examined.kind === 'changed') return { event: 'fail', message: examined.message };
  const { acceptor } = examined;
  const done = await withSides(request, context, (sides) => write({ record, sides, context }, acceptor));
  return done.ok ? done.value : { event: 'fail', message: `changed since approval: ${done.error}` };
};

interface ConnectRun {
  readonly record: ApprovalRecord;
  readonly sides: Sides;
  readonly context: Context;
}

/** Writes to both clusters, each time behind the fence. Undoes a failed write at once if its result is certain. */
const write = async (
  { record, sides, context }: ConnectRun,
  { peering, trustDomain, datacenter }: Pick<ClusterFacts, 'peering' | 'trustDomain' | 'datacenter'>,
): Promise<Ended> => {
  const before: Work = { before: markOf(peering), after: null };
  const { request, fence } = record;
  const { tokens, signal } = context;
  const { approvals } = tokens;
  const { acceptor } = sides;
  const dialer = sides.dialer as Side;
  const mayWrite = async (work?: typeof before): Promise<boolean> =>
    !signal.aborted && approvals.renewLease(request.id, fence, work);
  // A run that was suspended, and so counts as lost, still undoes its own writes.
  const mayUndo = async (): Promise<boolean> => {
    if (signal.aborted) return false;
    if (await approvals.renewLease(request.id, fence)) return true;
    const now = await approvals.find(request.id);
    return typeof now !== 'string' && (now.state === 'unknown' || now.state === 'failed');
  };
  const undo = async (message: string): Promise<Ended> => {
    const undone = await undoConnect({ ...record, work: before }, sides, tokens, mayUndo);
    return undone.ok
      ? { event: 'fail', message, facts: undone.value }
      : { event: 'lose', message: `${message}; ${undone.error}` };
  };
  const progress = async (words: string): Promise<void> => {
    await showCard(request.id, context, words);
  };

  if (!(await mayWrite(before))) return { event: 'fail', message: 'stopped before anything was written' };
  const generated = await generate({ client: acceptor.client, request, approvals });
  if (!generated.ok) {
    const message = `no token could be generated on ${acceptor.cluster}: ${generated.error.message}`;
    return generated.error.open ? undo(message) : { event: 'fail', message };
  }
  const { token } = generated.value;
  // The trust domain is part of what was approved. Another cluster's token would make that cluster the peer.
  const problem = tokenProblem(token, { trustDomain, datacenter });
  if (problem !== undefined) return undo(`${acceptor.cluster} is not what was approved: ${problem}`);

  await progress(`establishing the peering on ${dialer.cluster}`);
  // The last check before the write to the dialer: access, both clusters, and that the name is free there.
  const again = await examine(request, context, signal, { before: peering });
  if (again.kind !== 'same') return undo(again.message);
  if (!(await mayWrite())) return undo('stopped between the two writes');
  const established = await establish({ client: dialer.client, request, approvals }, token);
  if (!established.ok && !established.error.open)
    return undo(`${dialer.cluster} did not establish the peering: ${established.error.message}`);

  await progress('waiting until both sides are ACTIVE');
  return waitForBoth({ record, sides, context }, established, undo, () => mayWrite());
};

const everyMs = 500;

/** Waits until both sides are ACTIVE. If establishing failed without effect, undoes the rest. */
const waitForBoth = async (
  { record, sides, context }: ConnectRun,
  established: Awaited<ReturnType<typeof establish>>,
  undo: (message: string) => Promise<Ended>,
  mayContinue: () => Promise<boolean>,
): Promise<Ended> => {
  const { tokens, signal } = context;
  const until = Date.now() + tokens.activeWithinMs;
  let last = '';
  for (;;) {
    if (!(await mayContinue())) return undo('stopped while the peering came up');
    const state = await connectState(record, sides, signal);
    if (state.kind === 'active') return { event: 'finish', message: 'both sides are ACTIVE' };
    if (state.kind === 'other') return undo(state.message);
    // After an answer of Consul, a peering that does not exist yet will not appear later.
    if (state.kind === 'nothing' && !established.ok && established.error.answered)
      return undo(`the peering could not be established: ${established.error.message}`);
    last = state.kind === 'nothing' ? 'there is no peering yet' : state.message;
    if (Date.now() >= until) break;
    await sleep(everyMs, undefined, { signal: signal }).catch(() => undefined);
  }
  const state = await connectState(record, sides);
  if (state.kind === 'nothing') {
    const why = established.ok ? 'it did not become ACTIVE' : established.error.message;
    return undo(`the peering could not be established: ${why}`);
  }
  return { event: 'lose', message: `the peering was not ACTIVE on both sides in time: ${last}` };
};

import { checkPairPaths } from '../runs/check-paths';
import { defineRunJob, type RunEnd, type Run } from '../runs/define-run-job';
import { examine, type ReadSides } from '../runs/examine';
import type { LostRun } from '../runs/lost-run';
import type { ApprovalRecord, Work } from '../requests/request';
import { dialerOf, markOf, readSide, type Sides } from '../runs/sides';
import type { TokenServices } from '../jobs/services';
import { parseToken, tokenProblem } from '../token/contents';
import { waitForEnd } from '../runs/wait-for-end';
import { establish, generate, voidByGenerating } from '../runs/write-peering';

/**
 * Renewing uses a new token on the peering that it was generated for. Measured on 1.20.1: both sides keep their ids and stay
 * ACTIVE; the dialer's `Meta` and addresses are replaced before the secret is exchanged, also if the exchange fails; and
 * generating increases the index of the acceptor's peering, establishing that of the dialer's.
 */

type Renewed =
  | { readonly kind: 'same'; readonly active: boolean; readonly message: string; readonly work: Work }
  /** A side is gone, or another peering now. */
  | { readonly kind: 'other'; readonly message: string }
  | { readonly kind: 'unreadable'; readonly message: string };

/** Reads both sides and compares their ids with those before the run. `work` is as of now. */
const renewedState = async (
  { before, dialer: beforeOnDialer }: Work,
  { acceptor, dialer }: Sides,
  signal?: AbortSignal,
): Promise<Renewed> => {
  if (dialer === undefined) throw new Error('a renew has two sides');
  const [one, other] = await Promise.all([readSide(acceptor, signal), readSide(dialer, signal)]);
  if (!one.ok) return { kind: 'unreadable', message: one.error };
  if (!other.ok) return { kind: 'unreadable', message: other.error };
  const [a, d] = [one.value, other.value];
  if (a === null || d === null || a.id !== before?.id || d.id !== beforeOnDialer?.id || d.peerId !== a.id)
    return { kind: 'other', message: 'the peering is no longer the one that was approved' };
  return {
    kind: 'same',
    active: a.state === 'ACTIVE' && d.state === 'ACTIVE',
    message: `${acceptor.cluster} says ${a.state}, ${dialer.cluster} says ${d.state}`,
    work: { before: markOf(a), after: null, dialer: markOf(d) },
  };
};

/** Puts back the index that the token of this request has increased. */
const withoutToken =
  ({ acceptor: { peering: before } }: ReadSides) =>
  ({ acceptor, dialer }: ReadSides): ReadSides => ({
    acceptor: {
      ...acceptor,
      peering: acceptor.peering && {
        ...acceptor.peering,
        modifyIndex: before?.modifyIndex ?? acceptor.peering.modifyIndex,
      },
    },
    dialer,
  });

/** Generates a token on the acceptor and uses it on the present dialer, each behind the fence. */
const renew = async (run: Run): Promise<RunEnd> => {
  const { record, sides, context, before, mayWrite, progress } = run;
  const { request } = record;
  const { tokens, signal } = context;
  const { approvals } = tokens;
  const { acceptor } = sides;
  const dialer = dialerOf(sides);
  const { peering, trustDomain, datacenter } = before.acceptor;
  const work: Work = {
    before: markOf(peering),
    after: null,
    dialer: markOf(before.dialer?.peering ?? null),
  };
  const writer = { client: acceptor.client, request, approvals };
  /** Ends a run whose token was not used for certain. */
  const voided = async (message: string): Promise<RunEnd> => endUnsure({ ...record, work }, run, message);

  if (!(await mayWrite(work))) return { event: 'fail', message: 'stopped before anything was written' };
  const generated = await generate(writer);
  if (!generated.ok) {
    const message = `no token could be generated on ${acceptor.cluster}: ${generated.error.message}`;
    return generated.error.open ? voided(message) : { event: 'fail', message };
  }
  const { token } = generated.value;
  const problem =
    tokenProblem(token, { trustDomain, datacenter, externalAddresses: request.externalAddresses }) ??
    (parseToken(token)?.PeerID === peering?.id ? undefined : 'it handed out a token of another peering');
  if (problem !== undefined) return voided(`${acceptor.cluster} is not what was approved: ${problem}`);

  await progress(`establishing the peering on ${dialer.cluster}`);
  const examinedNow = await examine(request, context, signal, withoutToken(before));
  if (examinedNow.kind !== 'same') return voided(examinedNow.message);
  const meta = await readSide(dialer, signal);
  if (!meta.ok) return voided(meta.error);
  if (!(await mayWrite())) return voided('stopped between the two writes');
  const established = await establish({ ...writer, client: dialer.client }, token, meta.value?.Meta);
  if (!established.ok)
    return voided(`${dialer.cluster} did not confirm the new token: ${established.error.message}`);

  await progress('waiting until both sides are ACTIVE');
  return waitUntilActive(run, work);
};

const waitUntilActive = async (run: Run, work: Work): Promise<RunEnd> => {
  const { record, sides, context } = run;
  let last = 'the run was stopped';
  const end = await waitForEnd(run, async () => {
    const state = await renewedState(work, sides, context.signal);
    last = state.message;
    if (state.kind === 'other') return { event: 'fail', message: state.message };
    if (state.kind !== 'same' || !state.active) return undefined;
    const facts = await checkPairPaths(record.request, context, context);
    return { event: 'finish', message: 'both sides are ACTIVE, with the same ids as before', facts };
  });
  return typeof end === 'object' ? end : { event: 'fail', message: `the new token was used, but ${last}` };
};

/** Voids the token if one was generated, and says what became of the peering. */
const voidRenewal = async (
  { request, work }: ApprovalRecord,
  sides: Sides,
  { approvals }: Pick<TokenServices, 'approvals'>,
  mayWrite = async (): Promise<boolean> => true,
): Promise<{ readonly facts: readonly string[] } | { readonly wait: string }> => {
  if (work === null) return { facts: ['nothing was written'] };
  const state = await renewedState(work, sides);
  if (state.kind === 'unreadable') return { wait: state.message };
  // The token works only for the peering that it was generated for, which is gone or no longer the approved one.
  if (state.kind === 'other') return { facts: [state.message] };
  const now = state.work;
  if (now.before?.modifyIndex === work.before?.modifyIndex)
    return { facts: ['no token was generated', state.message] };
  if (!(await mayWrite())) return { wait: 'another run took over' };
  const written = await voidByGenerating({ client: sides.acceptor.client, request, approvals });
  if (!written.ok) return { wait: written.error.message };
  const voidedFact = `voided the token made for ${request.peer} on ${request.acceptor}, in case nobody used it`;
  return now.dialer?.modifyIndex === work.dialer?.modifyIndex
    ? { facts: [voidedFact, state.message] }
    : {
        facts: [
          voidedFact,
          state.message,
          `${request.dialer ?? ''} has stored the addresses of the new token and dials them when it reconnects: renew again, to be sure that they work`,
        ],
      };
};

const endUnsure = async (
  record: ApprovalRecord,
  { sides, context, mayWrite }: Run,
  message: string,
): Promise<RunEnd> => {
  const end = await voidRenewal(record, sides, context.tokens, () => mayWrite());
  return 'wait' in end
    ? { event: 'lose', message: `${message}; ${end.wait}` }
    : { event: 'fail', message, facts: end.facts };
};

/** Finds out how a renew that was cut off ended, and voids its token. The peering itself is never undone: it is in use. */
export const reconcileRenew = async (
  record: ApprovalRecord,
  sides: Sides,
  tokens: Pick<TokenServices, 'approvals'>,
): Promise<LostRun> => {
  const end = await voidRenewal(record, sides, tokens);
  if ('wait' in end) return end;
  const message = 'interrupted, so it is not known whether the peering was renewed: submit a new request';
  return { event: 'reconcile-undone', message, facts: end.facts };
};

/** Gives a peering of two clusters a new token after approval; no person sees it, and no other cluster can become the peer. */
export const renewPeering = defineRunJob({ name: 'renew-peering', kind: 'renew', run: renew });

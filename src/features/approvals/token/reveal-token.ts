import { renderApprovalNotice, renderRevealed } from '../cards/notice.message';
import { renderTokenModal } from './token.modal';
import { renderFailure } from '../../../render/slack/failure';
import type { Message } from '../../../render/slack/limits';
import { renderNoticeModal } from '../../../render/slack/notice';
import { type ApprovalRecord, unusedAfterMs, type Work } from '../requests/request';
import type { JobOutcome } from '../../../queue/define';
import { describeFailure } from '../../../slack/api/call';
import { showCard } from '../jobs/show-card';
import { describeState, noRequest } from '../cards/describe-state';
import { isTrailProblem, trailWords } from '../store/trail-problems';
import { examine } from '../runs/examine';
import { RevealToken } from '../jobs/payloads';
import { readSide, markOf, type Side, withSides } from '../runs/sides';
import { summaryOf } from './summary';
import { defineApprovalJob } from '../jobs/define-approval-job';
import type { SealedRequestContext } from '../jobs/sealed-job';
import { generate } from '../runs/write-peering';

type Claim = RevealToken['claim'];
type Context = SealedRequestContext<Claim>;

/** Shows a message in the modal that the click opened, and ends the job. */
const say = async ({ claim, tokens, log }: Context, message: Message, as: string): Promise<JobOutcome> => {
  const shown = await tokens.fillModal(claim.view, renderNoticeModal('Peering token', message));
  // The person may have closed the modal.
  if (!shown.ok) log.info({ reason: describeFailure(shown.error) }, 'could not fill the modal');
  return { kind: 'done', as };
};

/**
 * Generates the token and shows it to its requester, once. One attempt: a run that was cut off is reconciled with
 * what the cluster shows, and never repeated.
 */
export const revealToken = defineApprovalJob<Claim>({
  name: 'reveal-token',
  payload: RevealToken,
  options: { attempts: 1, backoffMs: 1000 },
  kinds: ['token'],
  allowedFor: () => ({
    click: 'reveal',
    requester: { allow: 'permitted', refusal: { detail: 'access was removed' } },
    approver: {
      allow: 'never',
      refusal: { words: 'only the requester can reveal the token', detail: 'not the requester' },
    },
  }),
  inState: 'approved',
  answer: say,

  late: (context) => late(context.record, context),

  handle: async (context) => {
    const { claim, record, answer, tokens, log, signal } = context;
    const { id } = record.request;
    const absent = await unreached(context);
    if (absent) return absent;
    const examined = await examine(record.request, context, signal);
    if (examined.kind === 'unreadable') {
      const moved = await movedOn(record, context);
      if (moved) return late(moved, context);
      const words = `no token was generated: ${examined.message}; click Reveal token again in a few minutes`;
      return answer(renderApprovalNotice('unclear', words), 'unreadable');
    }
    if (examined.kind === 'changed') {
      const ended = await tokens.approvals.end(id, 'fail', { message: examined.message, facts: [] });
      // Another click was faster, and its token is the change.
      if (!ended.ok) return late(ended.error.record ?? record, context);
      await showCard(id, context);
      const words = `no token was generated: ${examined.message}; submit a new request`;
      return answer(renderApprovalNotice('refused', words), 'changed');
    }
    if (signal.aborted) return { kind: 'done', as: 'cancelled' };
    const started = await tokens.approvals.start(id, context.id);
    if (!started.ok && started.error.reason === 'forged') {
      log.error({ approval: claim.request }, 'the trail does not lead to the state of this request');
      return answer(noRequest, 'forged');
    }
    if (!started.ok && isTrailProblem(started.error.reason)) {
      const { reason: problem } = started.error;
      log.error({ approval: claim.request, problem }, 'no token was generated because of the audit trail');
      await showCard(id, context);
      const words = `no token was generated: ${trailWords[problem]}`;
      return answer(renderApprovalNotice('refused', words), problem);
    }
    if (!started.ok) return late(started.error.record ?? record, context);
    const { acceptor } = examined;
    const before = { before: markOf(acceptor.peering), after: null, view: claim.view };
    const revealed = await withSides(started.value.request, context, (sides) =>
      revealOnce({ record: started.value, context, side: sides.acceptor, before }),
    );
    if (!revealed.ok) {
      const message = `changed since approval: ${revealed.error}`;
      const { fence } = started.value;
      await tokens.approvals.end(id, 'fail', { message, facts: [] }, { fence });
    }
    await showCard(id, context);
    return revealed.ok ? revealed.value : answer(renderApprovalNotice('refused', revealed.error), 'changed');
  },

  abandon: async (context) => {
    const { id, claim, tokens } = context;
    const record = await tokens.approvals.find(claim.request);
    // Once started, the modal may show the token, and must keep it; the card shows the result.
    if (typeof record !== 'string' && record.job === id) return;
    await say(context, renderFailure({ kind: 'unexpected', requestId: id }), 'failed');
  },
});

/**
 * Returns the request if it is no longer approved. Needed after each slow step, before anything is shown in the modal:
 * another run of this job may have shown the token there meanwhile, and it must stay.
 */
const movedOn = async (
  { request: { id } }: ApprovalRecord,
  { tokens: { approvals } }: Context,
): Promise<ApprovalRecord | undefined> => {
  const now = await approvals.find(id);
  return typeof now === 'string' || now.state === 'approved' ? undefined : now;
};

/**
 * Returns how the job ends if no modal is open for the token: closed, or replaced by that of another click. This comes
 * before anything is generated, so that the request stays approved and another click can reveal the token.
 */
const unreached = async ({ claim, tokens, reply, log }: Context): Promise<JobOutcome | undefined> => {
  const words = renderApprovalNotice('waiting', 'generating the token');
  const shown = await tokens.fillModal(claim.view, renderNoticeModal('Peering token', words));
  if (shown.ok) return undefined;
  const { error: failure } = shown;
  log.info({ reason: describeFailure(failure) }, 'no modal to show a token in, so none is generated');
  if (failure.kind === 'rate-limited') return { kind: 'delay', afterMs: failure.retryAfterMs };
  if (failure.kind === 'refused' && failure.code === 'not_found') return { kind: 'done', as: 'closed' };
  const problem = 'no token was generated, because Slack did not update the modal: click Reveal token again';
  return reply.privately(renderApprovalNotice('unclear', problem), 'undelivered');
};

const whyLate = (record: ApprovalRecord): Message => {
  const { request, state, since } = record;
  if (state === 'done') return renderRevealed({ ...request, at: since });
  const words: Partial<Record<typeof state, string>> = {
    approved: 'the time to reveal the token is over: submit a new request',
    running: 'your earlier click is revealing the token right now',
  };
  return renderApprovalNotice('unclear', words[state] ?? `no token to reveal: ${describeState(record)}`);
};

const late = async (record: ApprovalRecord, context: Context): Promise<JobOutcome> => {
  // A repeat of this job: its modal may show the token, and must keep it.
  if (record.job === context.id) return { kind: 'done', as: 'repeated' };
  return say(context, whyLate(record), 'late');
};

interface Reveal {
  readonly record: ApprovalRecord;
  readonly context: Context;
  readonly side: Side;
  readonly before: Work;
}

/** Generates and shows the token behind the fence: once, or with a result that stays unknown until reconciled. */
const revealOnce = async ({ record, context, side, before }: Reveal): Promise<JobOutcome> => {
  const { claim, tokens, log, signal } = context;
  const { approvals } = tokens;
  const { request, fence } = record;
  const { id } = request;
  const end = async (
    event: 'finish' | 'fail' | 'lose',
    message: string,
    more: object = {},
  ): Promise<JobOutcome> => {
    await approvals.end(id, event, { message, facts: [], ...more }, { fence });
    return { kind: 'done', as: { finish: 'revealed', fail: 'failed', lose: 'unknown' }[event] };
  };
  if (signal.aborted || !(await approvals.renewLease(id, fence, before)))
    return end('fail', 'stopped before a token was generated');

  const generated = await generate({ client: side.client, request, approvals });
  if (!generated.ok) {
    const { open, message } = generated.error;
    const words = open ? 'a token may have been generated, but nobody saw it' : 'no token was generated';
    const ended = await end(open ? 'lose' : 'fail', `${words}: ${message}`);
    await say(context, renderApprovalNotice('unclear', `${words}: ${message}`), 'failed');
    return ended;
  }

  const { token } = generated.value;
  const facts = summaryOf(token);
  // Another process may have reconciled a run that paused for long, and voided its token.
  if (signal.aborted || !(await approvals.renewLease(id, fence)))
    return end('lose', 'a token was generated but not shown');
  const modal = renderTokenModal({
    requestId: id,
    acceptor: request.acceptor,
    peer: request.peer,
    token,
    facts,
  });
  const shown = await tokens.fillModal(claim.view, modal);
  const read = await readSide(side);
  const work: Work = { ...before, after: read.ok ? markOf(read.value) : null };
  if (!shown.ok) {
    const reason = describeFailure(shown.error);
    log.warn({ reason }, 'could not show a token that was generated');
    const message = `a token was generated but could not be shown (${reason}); the bot voids it in an hour, or use the button`;
    const reconcileInMs = unusedAfterMs;
    await approvals.end(id, 'lose', { message, facts }, { fence, work, reconcileInMs });
    return { kind: 'done', as: 'unknown' };
  }
  await approvals.remark(request, {
    action: 'reveal',
    person: claim.user,
    team: claim.team,
    detail: `the token for ${request.peer} was shown`,
  });
  const message =
    'the token was shown once, to the requester; the bot voids it if nobody uses it within an hour';
  const ended = await approvals.end(id, 'finish', { message, facts }, { fence, work });
  if (ended.ok) return { kind: 'done', as: 'revealed' };
  // Showing it took so long that the run counted as lost: its token is void, or will be.
  const words = `this took too long: ${describeState(ended.error.record ?? record)}`;
  return say(context, renderApprovalNotice('unclear', words), 'unknown');
};

import { renderApprovalNotice, renderRevealed } from './notice.message';
import { renderTokenModal } from './token.modal';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import { renderNoticeModal } from '../../render/slack/notice';
import { type ApprovalRecord, unusedAfterMs, type Work } from './request';
import { endPrivately } from '../../slack/api/answer';
import { defineJob, type JobRun, type Outcome } from '../../queue/define';
import { describeFailure } from '../../slack/api/call';
import type { JobTools } from '../job-tools';
import { showCard } from './cards';
import { howItStands, noRequest } from './ended';
import { clustersOf, examine } from './examine';
import { notOurs, toolsFor } from './genuine';
import { RevealToken } from './payloads';
import { rightOf } from './right';
import { look, markOf, type Side, withSides } from './sides';
import { summaryOf } from './summary';
import type { TokenTools } from './tools';
import { generate } from './write';

type Claim = RevealToken['claim'];
type Tools = JobTools & { readonly tokens: TokenTools };

/**
 * Generates the token and shows it to its requester, once. One attempt: a run that was cut off is settled by what
 * the cluster shows, and never repeated.
 */
export const revealToken = defineJob({
  name: 'reveal-token',
  queue: 'tokens',
  payload: RevealToken,
  options: { attempts: 1, backoffMs: 1000 },

  handle: async (payload, given, run) => {
    const tokens = await toolsFor(payload, 'reveal-token', given, run);
    if (tokens === undefined) return notOurs;
    const tools: Tools = { ...given, tokens };
    const click = payload.claim;
    const record = await tokens.approvals.find(click.request);
    if (typeof record === 'string' || record.request.kind !== 'token') {
      run.log.error({ approval: click.request }, 'a click on no request of ours');
      return say(click, noRequest, tools, run, 'missing');
    }
    const refused = await refusedClick(record, click, tools, run);
    if (refused) return refused;
    const early = await movedOn(record, tokens);
    if (early) return late(early, click, tools, run);
    const absent = await unreached(click, tools, run);
    if (absent) return absent;
    const examined = await examine(record.request, tools, run.signal);
    if (examined.kind === 'unreadable') {
      const moved = await movedOn(record, tokens);
      if (moved) return late(moved, click, tools, run);
      const words = `nothing was generated: ${examined.message}; click Reveal token again when that has passed`;
      return say(click, renderApprovalNotice('unclear', words), tools, run, 'unreadable');
    }
    if (examined.kind === 'changed') {
      const outcome = { message: examined.message, facts: [] };
      const ended = await tokens.approvals.end(record.request.id, 'fail', outcome);
      // Another click was faster, and what it generated is what changed.
      if (!ended.ok) return late(ended.record ?? record, click, tools, run);
      await showCard(record.request.id, tools);
      const words = `no token was generated: ${examined.message}; it has to be asked anew`;
      return say(click, renderApprovalNotice('refused', words), tools, run, 'changed');
    }
    if (run.signal.aborted) return { kind: 'done', as: 'cancelled' };
    const started = await tokens.approvals.start(record.request.id, run.id);
    if (!started.ok && started.refusal === 'forged') {
      run.log.error({ approval: click.request }, 'the trail does not lead to the state of this request');
      return say(click, noRequest, tools, run, 'forged');
    }
    if (!started.ok) return late(started.record ?? record, click, tools, run);
    const { acceptor } = examined;
    const outcome = await withSides(started.record.request, tools, (sides) =>
      revealOnce({
        record: started.record,
        click,
        tools,
        run,
        side: sides.acceptor,
        before: { before: markOf(acceptor.peering), after: null, view: click.view },
      }),
    );
    if ('missing' in outcome) {
      const message = `changed since approval: ${outcome.missing}`;
      const { fence } = started.record;
      await tokens.approvals.end(record.request.id, 'fail', { message, facts: [] }, { fence });
    }
    await showCard(record.request.id, tools);
    return 'missing' in outcome
      ? say(click, renderApprovalNotice('refused', outcome.missing), tools, run, 'changed')
      : outcome;
  },

  abandon: async (payload, tools, run) => {
    const tokens = await toolsFor(payload, 'reveal-token', tools, run);
    if (tokens === undefined) return;
    const record = await tokens.approvals.find(payload.claim.request);
    // Once it has started, the view may show the token, and must keep it; the card says how it ended.
    if (typeof record !== 'string' && record.job === run.id) return;
    const message = renderFailure({ kind: 'unexpected', requestId: run.id });
    await say(payload.claim, message, { ...tools, tokens }, run, 'failed');
  },
});

/**
 * The request, where it is no longer approved. Asked after whatever may have taken long and before anything is said in
 * the modal: another run of the same job may have shown the token there meanwhile, and it must stay.
 */
const movedOn = async (
  { request: { id } }: ApprovalRecord,
  { approvals }: Pick<TokenTools, 'approvals'>,
): Promise<ApprovalRecord | undefined> => {
  const now = await approvals.find(id);
  return typeof now === 'string' || now.state === 'approved' ? undefined : now;
};

/**
 * How the job ends where the modal is not there for the token: closed, or another click took its place. Found out
 * before anything is generated, so that the request stays approved and another click can reveal it.
 */
const unreached = async (click: Claim, tools: Tools, run: JobRun): Promise<Outcome | undefined> => {
  const words = renderApprovalNotice('waiting', 'generating the token');
  const shown = await tools.tokens.fillView(click.view, renderNoticeModal('Peering token', words));
  if (shown.ok) return undefined;
  const { failure } = shown;
  run.log.info({ reason: describeFailure(failure) }, 'no modal to show a token in, so none is generated');
  if (failure.kind === 'rate-limited') return { kind: 'later', afterMs: failure.retryAfterMs };
  if (failure.kind === 'refused' && failure.code === 'not_found') return { kind: 'done', as: 'closed' };
  const told = 'nothing was generated, as Slack did not take it into the modal: click Reveal token again';
  return endPrivately(click, renderApprovalNotice('unclear', told), tools, run, 'undelivered');
};

/** Says something in the empty modal that the click opened. */
const say = async (
  { view }: Claim,
  message: Message,
  { tokens }: Pick<Tools, 'tokens'>,
  run: JobRun,
  as: string,
): Promise<Outcome> => {
  const shown = await tokens.fillView(view, renderNoticeModal('Peering token', message));
  // Whoever closed the modal does not wait for it.
  if (!shown.ok) run.log.info({ reason: describeFailure(shown.failure) }, 'could not fill the modal');
  return { kind: 'done', as };
};

const refusedClick = async (
  { request }: ApprovalRecord,
  click: Claim,
  tools: Tools,
  run: JobRun,
): Promise<Outcome | undefined> => {
  const refuse = async (message: Message, why: string): Promise<Outcome> => {
    const { user: person, team } = click;
    await tools.tokens.approvals.remark(request, {
      action: 'refused-click',
      person,
      team,
      detail: `reveal: ${why}`,
    });
    return say(click, message, tools, run, 'refused');
  };
  if (click.team !== request.team)
    return refuse(renderFailure({ kind: 'other-team' }), 'somebody of another team');
  if (click.user !== request.requester)
    return refuse(
      renderApprovalNotice('refused', 'only the one who asked for a token sees it'),
      'not the requester',
    );
  // The right holds where it was asked for: a reveal on App Home counts for the channel of the request.
  const person = { ...click, channel: request.channel };
  const wish = { command: 'token', clusters: clustersOf(request) } as const;
  const right = await rightOf(person, wish, tools.tokens.requesters, run);
  if (right.kind === 'allowed') return undefined;
  if (right.kind === 'outcome') return right.outcome;
  return right.sure
    ? refuse(right.message, 'no right any more')
    : say(click, right.message, tools, run, 'undecided');
};

const whyLate = (record: ApprovalRecord): Message => {
  const { request, state, since } = record;
  if (state === 'done') return renderRevealed({ ...request, at: since });
  const words: Partial<Record<typeof state, string>> = {
    approved: 'the time to reveal it is over: ask again',
    running: 'another click of yours is revealing it right now',
  };
  return renderApprovalNotice('unclear', words[state] ?? `no token to reveal: ${howItStands(record)}`);
};

const late = async (record: ApprovalRecord, click: Claim, tools: Tools, run: JobRun): Promise<Outcome> => {
  // This very job, repeated: its view may show the token, and must keep it.
  if (record.job === run.id) return { kind: 'done', as: 'repeated' };
  return say(click, whyLate(record), tools, run, 'late');
};

interface Reveal {
  readonly record: ApprovalRecord;
  readonly click: Claim;
  readonly tools: Tools;
  readonly run: JobRun;
  readonly side: Side;
  readonly before: Work;
}

/** From here on the fence holds: what is written is written once, or its end is unknown until it was looked at. */
const revealOnce = async ({ record, click, tools, run, side, before }: Reveal): Promise<Outcome> => {
  const { approvals } = tools.tokens;
  const { request, fence } = record;
  const { id } = request;
  const end = async (
    event: 'finish' | 'fail' | 'lose',
    message: string,
    more: object = {},
  ): Promise<Outcome> => {
    await approvals.end(id, event, { message, facts: [], ...more }, { fence });
    return { kind: 'done', as: { finish: 'revealed', fail: 'failed', lose: 'unknown' }[event] };
  };
  if (run.signal.aborted || !(await approvals.hold(id, fence, before)))
    return end('fail', 'it was stopped before anything was generated');

  const generated = await generate({ client: side.client, request, approvals });
  if (!generated.ok) {
    const words = generated.open
      ? 'it is open whether a token was generated; nobody saw one'
      : 'no token was generated';
    const ended = await end(generated.open ? 'lose' : 'fail', `${words}: ${generated.message}`);
    await say(click, renderApprovalNotice('unclear', `${words}: ${generated.message}`), tools, run, 'failed');
    return ended;
  }

  const { token } = generated.value;
  const facts = summaryOf(token);
  // A run that stood still for long may have been settled by others meanwhile: its token is void then.
  if (run.signal.aborted || !(await approvals.hold(id, fence)))
    return end('lose', 'a token was generated and not shown');
  const view = renderTokenModal({
    requestId: id,
    acceptor: request.acceptor,
    peer: request.peer,
    token,
    facts,
  });
  const shown = await tools.tokens.fillView(click.view, view);
  const seen = await look(side);
  const work: Work = { ...before, after: seen.ok ? markOf(seen.peering) : null };
  if (!shown.ok) {
    const reason = describeFailure(shown.failure);
    run.log.warn({ reason }, 'could not show a token that was generated');
    const message = `a token was generated, and could not be shown (${reason}); it is voided in an hour, or by the button`;
    const settleInMs = unusedAfterMs;
    await approvals.end(id, 'lose', { message, facts }, { fence, work, settleInMs });
    return { kind: 'done', as: 'unknown' };
  }
  await approvals.remark(request, {
    action: 'reveal',
    person: click.user,
    team: click.team,
    detail: `the token for ${request.peer} was shown`,
  });
  const message = 'the token was shown to its requester, once; unused, it is voided in an hour';
  const ended = await approvals.end(id, 'finish', { message, facts }, { fence, work });
  if (ended.ok) return { kind: 'done', as: 'revealed' };
  // Showing it took so long that others took this run for lost, and voided or will void what it shows.
  const words = `this took too long: ${howItStands(ended.record ?? record)}`;
  return say(click, renderApprovalNotice('unclear', words), tools, run, 'unknown');
};

import { renderApprovalNotice } from './notice.message';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { ApprovalRecord } from './request';
import { endPrivately } from '../../slack/api/answer';
import { defineJob, type JobRun, type Outcome } from '../../queue/define';
import type { JobTools } from '../job-tools';
import { showCard } from './cards';
import { howItStands, noRequest } from './ended';
import { clustersOf } from './examine';
import { notOurs, toolsFor } from './genuine';
import { VoidToken } from './payloads';
import { rightOf } from './right';
import { settle } from './settle';
import type { TokenTools } from './tools';

type Claim = VoidToken['claim'];
type Tools = JobTools & { readonly tokens: TokenTools };

/** Makes a token useless that was generated and may not have been shown: what the sweeper would do in an hour. */
export const voidToken = defineJob({
  name: 'void-token',
  queue: 'tokens',
  payload: VoidToken,
  options: { attempts: 3, backoffMs: 1000 },

  handle: async (payload, given, run) => {
    const tokens = await toolsFor(payload, 'void-token', given, run);
    if (tokens === undefined) return notOurs;
    const tools: Tools = { ...given, tokens };
    const click = payload.claim;
    const record = await tokens.approvals.find(click.request);
    if (typeof record === 'string' || record.request.kind !== 'token') {
      run.log.error({ approval: click.request }, 'a click on no request of ours');
      return endPrivately(click, noRequest, tools, run, 'missing');
    }
    const refused = await refusedClick(record, click, tools, run);
    if (refused) return refused;
    if (record.state !== 'unknown') {
      const words = `nothing was voided: ${howItStands(record)}`;
      return endPrivately(click, renderApprovalNotice('unclear', words), tools, run, 'late');
    }
    const settled = await settle(record, tools, run.log, { by: click.user });
    await showCard(record.request.id, tools);
    if (settled.kind === 'settled')
      return endPrivately(click, renderApprovalNotice('done', settled.message), tools, run, 'voided');
    if (run.attempt < run.attempts) return { kind: 'again', reason: 'unreadable' };
    const words = `nothing was voided yet: ${settled.message}; the bot tries again by itself`;
    return endPrivately(click, renderApprovalNotice('unclear', words), tools, run, 'unreadable');
  },

  abandon: async (payload, tools, run) => {
    const tokens = await toolsFor(payload, 'void-token', tools, run);
    if (tokens === undefined) return;
    await endPrivately(
      payload.claim,
      renderFailure({ kind: 'unexpected', requestId: run.id }),
      tools,
      run,
      'failed',
    );
  },
});

/** The requester, and those who approve, may void. */
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
      detail: `void: ${why}`,
    });
    return endPrivately(click, message, tools, run, 'refused');
  };
  if (click.team !== request.team)
    return refuse(renderFailure({ kind: 'other-team' }), 'somebody of another team');
  const own = click.user === request.requester;
  const wish = { command: 'token', clusters: clustersOf(request) } as const;
  const person = own ? { ...click, channel: request.channel } : click;
  const right = await rightOf(person, wish, own ? tools.tokens.requesters : tools.tokens.approvers, run);
  if (right.kind === 'allowed') return undefined;
  if (right.kind === 'outcome') return right.outcome;
  if (!right.sure) return endPrivately(click, right.message, tools, run, 'undecided');
  const words = 'only the requester and those who approve may void a token';
  return refuse(renderApprovalNotice('refused', words), 'neither requester nor approver');
};

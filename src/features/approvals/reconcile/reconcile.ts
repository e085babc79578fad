import type { Logger } from 'pino';
import { renderApprovalNotice } from '../cards/notice.message';
import { omitUndefined } from '../../../omit-undefined';
import { renderNoticeModal } from '../../../render/slack/notice';
import type { ApprovalRecord } from '../requests/request';
import { botActor } from '../store/approvals';
import { reconcileConnect } from '../connect/connect-state';
import { reconcileDisconnect } from '../pair/disconnect-state';
import { reconcileExport } from '../export/export-service';
import type { LostRun, LostRunEnd } from '../runs/lost-run';
import { reconcileRenew } from '../pair/renew-peering';
import { describeFailure } from '../../../slack/api/call';
import type { ApprovalServices } from '../jobs/sealed-job';
import { type Sides, withSides } from '../runs/sides';
import type { TokenServices } from '../jobs/services';
import { voidUnusedToken } from '../token/void-unused';

export type Reconciled =
  | { readonly kind: 'reconciled'; readonly message: string }
  /** Still unknown: the next sweep tries again. */
  | { readonly kind: 'waiting'; readonly message: string };

interface Tools extends Pick<ApprovalServices, 'config'> {
  readonly tokens: Pick<TokenServices, 'approvals' | 'clients' | 'fillModal'>;
}

/** Maximum time that a result may stay unknown, in ms. After it, the card asks people to check the clusters. */
const maxUnknownMs = 24 * 3_600_000;

/**
 * Reconciles a run whose result was lost with the present state of the clusters: done, or undone. It repeats no write
 * of the run, and only writes to undo one.
 */
export const reconcile = async (
  record: ApprovalRecord,
  tools: Tools,
  log: Logger,
  { by = botActor, now = Date.now() }: { readonly by?: string; readonly now?: number } = {},
): Promise<Reconciled> => {
  const { request, outcome, since } = record;
  const find = reconcilers[request.kind];
  const found = await withSides(request, tools, (sides) => find(record, sides, tools.tokens, by));
  const end: LostRun = found.ok ? found.value : { wait: found.error };
  if ('wait' in end && now - since < maxUnknownMs) {
    log.warn({ approval: request.id, reason: end.wait }, 'the result of a request is still unknown');
    return { kind: 'waiting', message: end.wait };
  }
  const {
    event,
    message,
    facts = [],
    work,
  }: LostRunEnd = 'wait' in end
    ? {
        event: 'reconcile-undone',
        message: `the result is still unknown after a day; check the clusters yourself: ${end.wait}`,
      }
    : end;
  await tools.tokens.approvals.remark(request, {
    action: 'reconcile',
    person: by,
    detail: message.slice(0, 200),
  });
  const ended = { message, facts: [...(outcome?.facts ?? []), ...facts] };
  await tools.tokens.approvals.end(request.id, event, ended, { by, ...omitUndefined({ work }) });
  await tellModal(record, message, tools.tokens, log);
  return { kind: 'reconciled', message };
};

/**
 * Shows the result in the modal of a run that died: otherwise the modal loads indefinitely, or shows a void token.
 * Usually the person has closed it.
 */
const tellModal = async (
  { request: { id }, work }: ApprovalRecord,
  message: string,
  { fillModal }: Pick<TokenServices, 'fillModal'>,
  log: Logger,
): Promise<void> => {
  if (!work?.view) return;
  const shown = await fillModal(
    work.view,
    renderNoticeModal('Peering token', renderApprovalNotice('unclear', message)),
  );
  if (!shown.ok)
    log.info(
      { approval: id, reason: describeFailure(shown.error) },
      'could not update the modal of a run that died',
    );
};

const reconcileToken = async (
  record: ApprovalRecord,
  { acceptor }: Sides,
  tokens: Pick<TokenServices, 'approvals'>,
  by: string,
): Promise<LostRun> => {
  const voided = await voidUnusedToken(record, acceptor, tokens, by);
  if (voided.kind === 'unreadable') return { wait: voided.message };
  if (voided.kind === 'used')
    return { event: 'reconcile-done', message: `the token was used: the peering is ${voided.state}` };
  const message =
    voided.kind === 'voided'
      ? 'a token was generated, but it is not known whether anybody saw it, so the bot voided it: submit a new request'
      : `interrupted, and nothing is left to void: ${voided.why}`;
  return { event: 'reconcile-undone', message };
};

const reconcilers: Readonly<Record<ApprovalRecord['request']['kind'], typeof reconcileToken>> = {
  token: reconcileToken,
  connect: reconcileConnect,
  disconnect: reconcileDisconnect,
  renew: reconcileRenew,
  export: reconcileExport,
  unexport: reconcileExport,
};

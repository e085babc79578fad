import type { Logger } from 'pino';
import { describeFailure } from '../../../slack/api/call';
import type { ApprovalServices } from '../jobs/sealed-job';
import { showCard } from '../jobs/show-card';
import { queueRun } from '../decisions/queue-run';
import { reconcile } from './reconcile';
import { withSides } from '../runs/sides';
import { tellRequester } from '../jobs/tell-requester';
import type { TokenServices } from '../jobs/services';
import { voidUnusedToken, type Voided } from '../token/void-unused';

type Tools = Pick<ApprovalServices, 'config' | 'poster' | 'reports' | 'authorizer'> & {
  readonly tokens: TokenServices;
};

/** Expires requests, reconciles lost runs and voids unused tokens, by a timer. Several processes may do so at once. */
export interface Sweeper {
  /** Does everything that is due, once. Rejects if Redis is away. */
  readonly sweep: () => Promise<void>;
  /** Ends the timer and waits for the sweep that is under way. */
  readonly stop: () => Promise<void>;
}

/** Sweeps between two removals of old entries from the audit trail. */
const trimEvery = 100;

export const startSweeper = (tools: Tools, log: Logger, everyMs = 5000): Sweeper => {
  const { approvals } = tools.tokens;
  let stopped = false;

  /** Runs `work` for each record; a failure does not stop the others. */
  const each = async <T extends { readonly request: { readonly id: string } }>(
    records: readonly T[],
    work: (record: T) => Promise<void>,
  ): Promise<void> => {
    for (const record of records) {
      if (stopped) return;
      try {
        await work(record);
      } catch (error) {
        log.error({ err: error, approval: record.request.id }, 'could not process a request yet');
      }
    }
  };

  const show = async (id: string): Promise<void> => {
    const shown = await showCard(id, tools);
    if (!shown.ok)
      log.warn({ approval: id, reason: describeFailure(shown.error) }, 'could not edit a card yet');
  };

  let sweeps = 0;
  const sweep = async (): Promise<void> => {
    await each(await approvals.sweep(), async (record) => {
      if (record.state === 'unknown') await reconcile(record, tools, log);
      await show(record.request.id);
      const now = await approvals.find(record.request.id);
      if (typeof now !== 'string') await tellRequester(now, tools, log);
    });
    await each(await approvals.claimCards(), async (record) => {
      // An approval whose job Redis lost before it was queued.
      await queueRun(record, tools.tokens);
      await show(record.request.id);
    });
    await each(await approvals.claimUnused(), (record) => voidUnused(record.request.id));
    // Entries grow too old even if no others are written.
    if (sweeps % trimEvery === 0) await tools.tokens.audit.trim();
    sweeps += 1;
  };

  /** Voids a token that was shown an hour ago, unless it was used. */
  const voidUnused = async (id: string): Promise<void> => {
    const record = await approvals.find(id);
    if (typeof record === 'string') return approvals.forgetUnused(id);
    const opened = await withSides(record.request, tools, ({ acceptor }) =>
      voidUnusedToken(record, acceptor, tools.tokens),
    );
    const voided: Voided = opened.ok ? opened.value : { kind: 'unreadable', message: opened.error };
    if (voided.kind === 'unreadable') {
      log.warn({ approval: id, reason: voided.message }, 'could not read whether a token was used');
      return;
    }
    if (voided.kind !== 'voided') return approvals.forgetUnused(id);
    const message = voided.certain
      ? 'the token was shown to the requester but not used within an hour, so the bot voided it'
      : 'the token was shown to the requester; the bot voided it, in case it was not used within an hour';
    await approvals.forgetUnused(id, { message, facts: record.outcome?.facts ?? [] });
    await show(id);
  };

  let running: Promise<void> = Promise.resolve();
  let away = false;
  const tick = async (): Promise<void> => {
    try {
      await sweep();
      away = false;
    } catch (error) {
      // Redis comes back by itself: logged once, not every five seconds.
      if (!away) log.error({ err: error }, 'could not look for requests that are due');
      away = true;
    }
  };
  let timer = setTimeout(function next() {
    running = tick().finally(() => {
      if (!stopped) timer = setTimeout(next, everyMs);
    });
  }, everyMs);

  return {
    sweep,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
};

import type { Logger } from 'pino';
import { describeFailure } from '../../slack/api/call';
import type { ApprovalServices } from './sealed-job';
import { showCard } from './cards';
import { queueConnect } from './queue-connect';
import { settle } from './settle';
import { withSides } from './sides';
import { tellRequester } from './tell-requester';
import type { TokenServices } from './services';
import { voidToken } from './void';

type Tools = Pick<ApprovalServices, 'config' | 'poster' | 'reports'> & { readonly tokens: TokenServices };

/** What time brings about, whether anybody clicks or not. Several processes may do this at once. */
export interface Sweeper {
  /** Looks once for all that is due. Rejects where Redis is away. */
  readonly sweep: () => Promise<void>;
  /** Ends the timer and waits for the sweep that is under way. */
  readonly stop: () => Promise<void>;
}

/** How many sweeps go by between two looks for entries of the trail that are too old. */
const trimEvery = 100;

export const startSweeper = (tools: Tools, log: Logger, everyMs = 5000): Sweeper => {
  const { approvals } = tools.tokens;
  let stopped = false;

  /** One that goes wrong must not keep the others waiting. */
  const each = async <T extends { readonly request: { readonly id: string } }>(
    records: readonly T[],
    work: (record: T) => Promise<void>,
  ): Promise<void> => {
    for (const record of records) {
      if (stopped) return;
      try {
        await work(record);
      } catch (error) {
        log.error({ err: error, approval: record.request.id }, 'could not see to a request yet');
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
      if (record.state === 'unknown') await settle(record, tools, log);
      await show(record.request.id);
      const now = await approvals.find(record.request.id);
      if (typeof now !== 'string') await tellRequester(now, tools, log);
    });
    await each(await approvals.claimCards(), async (record) => {
      // An approval whose job Redis lost before it was queued.
      await queueConnect(record, tools.tokens);
      await show(record.request.id);
    });
    await each(await approvals.claimUnused(), (record) => voidUnused(record.request.id));
    // Entries grow too old also where no others are written.
    if (sweeps % trimEvery === 0) await tools.tokens.audit.trim();
    sweeps += 1;
  };

  /** A token that was shown an hour ago: used by now, or voided. */
  const voidUnused = async (id: string): Promise<void> => {
    const record = await approvals.find(id);
    if (typeof record === 'string') return approvals.forgetUnused(id);
    const voided = await withSides(record.request, tools, ({ acceptor }) =>
      voidToken(record, acceptor, tools.tokens),
    );
    if ('missing' in voided || voided.kind === 'unreadable') {
      const reason = 'missing' in voided ? voided.missing : voided.message;
      log.warn({ approval: id, reason }, 'could not see whether a token was used');
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
      // Redis comes back by itself: said once, not every five seconds.
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

import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { AnyJob, JobOutcome, JobRun } from '../queue/define';
import { callSlack, describeFailure } from './api/call';
import { isDirectThread } from './direct-thread';

/** Shown after the name of the bot. Slack ends it by itself with the next message of the bot, and after two minutes. */
const working = 'is working on it…';

const Address = z.object({
  channel: z.string(),
  thread: z.string().optional(),
  responseUrl: z.string().optional(),
});
/** A sealed payload has its requester in the claim. */
const Payload = z.union([z.object({ claim: Address }).transform(({ claim }) => claim), Address]);

interface StatusParts {
  readonly client: { readonly assistant: Pick<WebClient['assistant'], 'threads'> };
  readonly log: Logger;
}

/**
 * Shows a status while a job runs that answers in the conversation with the bot, and clears it when the run ends in whatever
 * way. The status is optional: Slack may refuse it, and the job does not wait for it.
 */
export const withThreadStatus =
  ({ client, log }: StatusParts) =>
  <Services>(job: AnyJob<Services>): AnyJob<Services> => {
    const setStatus = async (channel: string, thread: string, status: string): Promise<void> => {
      const args = { channel_id: channel, thread_ts: thread, status };
      const set = await callSlack(() => client.assistant.threads.setStatus(args));
      if (!set.ok) log.info({ reason: describeFailure(set.error) }, 'could not show a status');
    };
    return {
      ...job,
      handle: (context) => during(context, setStatus, () => job.handle(context)),
      abandon: (context) => during(context, setStatus, () => job.abandon(context)),
    };
  };

const during = async <T extends JobOutcome | void>(
  { payload, signal }: JobRun & { readonly payload: unknown },
  setStatus: (channel: string, thread: string, status: string) => Promise<void>,
  work: () => Promise<T>,
): Promise<T> => {
  const address = Payload.safeParse(payload).data;
  if (address?.thread === undefined || !isDirectThread(address)) return work();
  const { channel, thread } = address;
  const shown = setStatus(channel, thread, working).catch(() => undefined);
  try {
    return await work();
  } finally {
    await shown;
    // The worker that has taken the job over shows it now.
    if (!signal.aborted) await setStatus(channel, thread, '').catch(() => undefined);
  }
};

import { z } from 'zod';

/** The events of the assistant view, which the manifest subscribes to: a thread was opened, and its person looks at another channel. */
export const assistantEvents = ['assistant_thread_started', 'assistant_thread_context_changed'] as const;

const AssistantEvent = z.object({
  assistant_thread: z.object({
    user_id: z.string(),
    channel_id: z.string().regex(/^D[A-Z0-9]+$/),
    thread_ts: z.string().regex(/^\d+\.\d+$/),
    context: z.object({ channel_id: z.string().nullish() }).nullish().catch(null),
  }),
});

/** A thread of the assistant view. */
export interface AssistantThread {
  readonly user: string;
  readonly channel: string;
  /** The first message. */
  readonly thread: string;
  /** The channel that the person looks at beside it. */
  readonly viewed: string | undefined;
}

/** Reads the event, which comes from outside; undefined if it has another form. */
export const decodeAssistantThread = (event: unknown): AssistantThread | undefined => {
  const found = AssistantEvent.safeParse(event).data?.assistant_thread;
  return (
    found && {
      user: found.user_id,
      channel: found.channel_id,
      thread: found.thread_ts,
      viewed: found.context?.channel_id ?? undefined,
    }
  );
};

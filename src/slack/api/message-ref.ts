import { z } from 'zod';

/** Message coordinates as Slack gives them: channel id and timestamp. */
export const MessageRef = z.object({ channel: z.string(), ts: z.string() });
export type MessageRef = z.infer<typeof MessageRef>;

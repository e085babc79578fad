import type { z } from 'zod';
import type { Definitions } from './definitions.store';
import type { DigestRuns } from './runs.store';
import type { Job } from '../../queue/define';
import type { SlackAnswer } from '../../slack/api/call';
import type { Enqueued, Request } from '../../queue/producer';

/** What the jobs about digests work with beside the rest. */
export interface DigestTools {
  readonly definitions: Definitions;
  readonly runs: DigestRuns;
  /** A person's time zone as Slack knows it; undefined where it knows none. */
  readonly zoneOf: (user: string) => Promise<SlackAnswer<string | undefined>>;
  /** Queues what follows from a job. */
  readonly queue: <P extends z.ZodType>(
    job: Job<P>,
    payload: z.input<P>,
    request: Request,
  ) => Promise<Enqueued>;
}

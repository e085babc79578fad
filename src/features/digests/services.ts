import type { Authorizer } from '../../access/authorizer';
import type { RunCheck } from '../../clusters/run-check';
import type { Config } from '../../config/config';
import type { JobType } from '../../queue/define';
import type { Enqueued, JobRequest } from '../../queue/producer';
import type { SlackAnswer } from '../../slack/api/call';
import type { Poster } from '../../slack/api/poster';
import type { Recorder } from '../audit';
import type { Reports } from '../history';
import type { Incidents } from '../incidents';
import type { Mutes } from '../mutes';
import type { Definitions } from './definitions.store';
import type { DigestRuns } from './runs.store';

/** Asks for the time zone of a person; undefined if Slack knows none. */
export type ZoneOf = (user: string) => Promise<SlackAnswer<string | undefined>>;

/** The services that queue the runs of digests. */
export interface ScheduleServices {
  readonly digests: Definitions;
  readonly digestRuns: DigestRuns;
  /** Queues a job that follows from another. */
  readonly queue: <Payload>(
    job: JobType<Payload>,
    payload: Payload,
    request: JobRequest,
  ) => Promise<Enqueued>;
}

/** The services that add and change digests. */
export interface ManageServices extends ScheduleServices {
  readonly config: Config;
  readonly authorizer: Authorizer;
  readonly poster: Poster;
  readonly record: Recorder;
  readonly zoneOf: ZoneOf;
}

/** The services that run digests. */
export interface DigestServices {
  readonly config: Config;
  readonly authorizer: Authorizer;
  readonly poster: Poster;
  readonly record: Recorder;
  readonly digests: Definitions;
  readonly digestRuns: DigestRuns;
  readonly reports: Reports;
  readonly incidents: Incidents;
  readonly check: RunCheck;
  readonly mutes: Mutes;
  /** The bot's own name, as the audit trail names it. */
  readonly botName: string;
}

import type { Report } from '../../report/report';
import { renderReport } from './report.message';
import type { JobOutcome } from '../../queue/define';
import type { Rendering } from '../../slack/api/outbox/entry';
import type { CheckContext } from './check-request';

/** Styles from the richest to the one that every workspace accepts. */
const styles = [
  { blocks: 'rich' },
  { blocks: 'basic' },
  // Slack's limit on the text of one message is not documented: if it is lower than expected, split again.
  { blocks: 'basic', messageText: 3000 },
] as const;

type Context = Pick<CheckContext, 'id' | 'reply' | 'rationale'>;

/**
 * Replaces the request's message with the report, and posts its findings to the thread and, if they do not fit, all of
 * it as a file.
 */
export const deliverReport = (report: Report, { id, reply, rationale }: Context): Promise<JobOutcome> =>
  reply.finish(
    styles.map((style): Rendering => {
      const { text, blocks, thread, file } = renderReport(report, {
        requestedBy: reply.requester.user,
        requestId: id,
        runId: id,
        stored: true,
        rationale,
        ...style,
      });
      const upload = file && { filename: file.name, title: file.title, content: file.content };
      return { message: { text, blocks }, thread, file: upload };
    }),
    report.verdict,
  );

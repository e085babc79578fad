import { setImmediate as immediate } from 'node:timers/promises';
import type { Report } from '../../report/report';
import { renderReport } from './report.message';
import type { JobOutcome } from '../../queue/define';
import type { Rendering, Upload } from '../../slack/api/outbox/entry';
import { ownerOf } from '../../config/owners';
import { joinLines } from '../../slack/join-lines';
import type { Incident } from '../incidents';
import type { CheckContext } from './check-request';

/** Styles from the richest to the one that every workspace accepts. */
const styles = [
  { blocks: 'rich' },
  { blocks: 'basic' },
  // Slack's limit on the text of one message is not documented: if it is lower than expected, split again.
  { blocks: 'basic', messageText: 3000 },
] as const;

type Context = Pick<CheckContext, 'id' | 'reply' | 'rationale'> & {
  readonly config: Pick<CheckContext['config'], 'owners'>;
};

/**
 * Replaces the request's message with the report, and posts its findings to the thread and, if they do not fit, all of
 * it as a file.
 */
export const deliverReport = async (
  report: Report,
  { id, reply, rationale, config }: Context,
  incident?: Incident,
): Promise<JobOutcome> => {
  const renderings: Rendering[] = [];
  // All styles have the same file, which may be long.
  let upload: Upload | undefined;
  for (const style of styles) {
    await immediate();
    const { text, blocks, thread, file } = renderReport(report, {
      requestedBy: reply.requester.user,
      requestId: id,
      runId: id,
      stored: true,
      rationale,
      incident,
      links: ownerOf(config, report.cluster.name),
      ...style,
    });
    if (file !== undefined)
      upload ??= { filename: file.name, title: file.title, content: await joinLines(file.lines) };
    renderings.push({ message: { text, blocks }, thread, file: file && upload });
  }
  return reply.finish(renderings, report.verdict);
};

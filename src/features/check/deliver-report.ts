import type { Report } from '../../report/report';
import { renderReport } from './report.message';
import type { JobOutcome } from '../../queue/define';
import { isAboutContent, type SlackAnswer, wantsPlainer } from '../../slack/api/call';
import type { AnswerRef } from '../../slack/reply';
import type { CheckContext } from './check-request';

/** Styles from the richest to the one that every workspace accepts. */
const styles = [
  { blocks: 'rich' },
  { blocks: 'basic' },
  // Slack's limit on the text of one message is not documented: if it is lower than expected, split again.
  { blocks: 'basic', messageText: 3000 },
] as const;

type Context = Pick<CheckContext, 'id' | 'since' | 'log' | 'reply' | 'poster' | 'rationale'>;

/**
 * Replaces the request's message with the report, and posts its findings to the thread and, if they do not fit, all of
 * it as a file. Each part has its own name, so a repeat adds only missing ones.
 */
export const deliverReport = async (
  report: Report,
  answer: AnswerRef,
  context: Context,
): Promise<JobOutcome> => {
  let result: SlackAnswer<unknown> = { ok: true, value: undefined };
  for (const style of styles) {
    result = await deliverIn(style, report, answer, context);
    if (!wantsPlainer(result)) break;
    context.log.warn({ style }, 'Slack refused the blocks, trying a plainer rendering');
  }
  return result.ok ? { kind: 'done', as: report.verdict } : context.reply.failed(result.error);
};

const deliverIn = async (
  style: (typeof styles)[number],
  report: Report,
  answer: AnswerRef,
  { id, since, log, reply, poster, rationale }: Context,
): Promise<SlackAnswer<unknown>> => {
  const rendered = renderReport(report, {
    requestedBy: reply.requester.user,
    requestId: id,
    runId: id,
    stored: true,
    rationale,
    ...style,
  });
  const finished = await reply.finish(answer, rendered);
  if (!finished.ok || finished.value.kind === 'private') return finished;
  const { channel, ts: thread } = finished.value.ref;
  const prefix = `${id}/${styles.indexOf(style)}`;
  for (const [index, message] of rendered.thread.entries()) {
    const target = { channel, thread, name: `${prefix}/${index}`, since };
    const posted = await poster.post(target, message);
    if (!posted.ok) return posted;
  }
  if (rendered.file === undefined) return finished;
  const { name: filename, title, content } = rendered.file;
  const target = { channel, thread, name: `${id}/file`, since };
  const attached = await poster.attach(target, { filename, title, content });
  // The answer is complete enough without its file, which some workspaces refuse.
  if (attached.ok || attached.error.kind !== 'refused' || isAboutContent(attached.error)) return attached;
  log.warn({ code: attached.error.code }, 'Slack refused the file');
  return finished;
};

import type { Report } from '../../report/report';
import { renderReport } from './report.message';
import { afterFailure, type Answer, type Asker, finishAnswer, wantsPlainer } from '../../slack/api/answer';
import type { JobRun, Outcome } from '../../queue/define';
import { isAboutContent, type SlackAnswer } from '../../slack/api/call';
import type { JobTools } from '../job-tools';

/** From the best that Slack can show to what any workspace takes. */
const styles = [
  { blocks: 'rich' },
  { blocks: 'basic' },
  // Slack's limit on the text of one message is not documented: where it is lower than planned for, split again.
  { blocks: 'basic', messageText: 3000 },
] as const;

type Tools = Pick<JobTools, 'poster' | 'respond' | 'messageRefs' | 'botName' | 'rationale'>;

/**
 * Puts a report in place of the request's message, its findings into the thread and, where it was cut, the whole
 * as a file. Each part has a name of its own, so that whoever repeats this adds only what is missing.
 */
export const deliverReport = async (
  asker: Asker,
  answer: Answer,
  report: Report,
  tools: Tools,
  run: JobRun,
): Promise<Outcome> => {
  let result: SlackAnswer<unknown> = { ok: true, value: undefined };
  for (const style of styles) {
    result = await deliverIn(style, asker, answer, report, tools, run);
    if (!wantsPlainer(result)) break;
    run.log.warn({ style }, 'Slack refused the blocks, trying a plainer rendering');
  }
  return result.ok ? { kind: 'done', as: report.verdict } : afterFailure(result.failure, run);
};

const deliverIn = async (
  style: (typeof styles)[number],
  asker: Asker,
  answer: Answer,
  report: Report,
  tools: Tools,
  run: JobRun,
): Promise<SlackAnswer<unknown>> => {
  const { poster, rationale } = tools;
  const rendered = renderReport(report, {
    requestedBy: asker.user,
    requestId: run.id,
    runId: run.id,
    stored: true,
    rationale,
    ...style,
  });
  const finished = await finishAnswer(asker, answer, rendered, tools, run);
  if (!finished.ok || finished.value.kind === 'private') return finished;
  const { channel, ts: thread } = finished.value.place;
  const prefix = `${run.id}/${styles.indexOf(style)}`;
  for (const [index, message] of rendered.thread.entries()) {
    const target = { channel, thread, name: `${prefix}/${index}`, since: run.since };
    const posted = await poster.post(target, message);
    if (!posted.ok) return posted;
  }
  if (rendered.file === undefined) return finished;
  const { name: filename, title, content } = rendered.file;
  const target = { channel, thread, name: `${run.id}/file`, since: run.since };
  const attached = await poster.attach(target, { filename, title, content });
  // The answer stands without its file, so a workspace that refuses files does not undo it.
  if (attached.ok || attached.failure.kind !== 'refused' || isAboutContent(attached.failure)) return attached;
  run.log.warn({ code: attached.failure.code }, 'Slack refused the file');
  return finished;
};

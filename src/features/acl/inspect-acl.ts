import { z } from 'zod';
import { nearest } from '../../config/nearest';
import { renderAcl } from './acl.message';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import { isAccessor } from '../../snapshot/find-token';
import {
  afterFailure,
  answerPrivately,
  type Asker,
  endPrivately,
  finishAnswer,
  openAnswer,
} from '../../slack/api/answer';
import { defineJob, type JobRun, type Outcome } from '../../queue/define';
import type { SlackAnswer } from '../../slack/api/call';
import { accessorShape, type AclRead } from '../../clusters/read-acl';
import { refusalOf } from '../../slack/api/refusal';
import type { JobTools } from '../job-tools';

/** Who asked for which token, and who may read the answer. */
const AclRequest = z.object({
  cluster: z.string(),
  /** An accessor or the beginning of one; null: the bot's own token and those of gateways. */
  accessor: z.string().nullable(),
  /** For everyone in the channel; else for the one who asked alone. */
  share: z.boolean(),
  channel: z.string(),
  user: z.string(),
  team: z.string(),
  organisation: z.string().optional(),
  responseUrl: z.string().optional(),
});
type AclRequest = z.infer<typeof AclRequest>;

const usage = '/peering acl CLUSTER [ACCESSOR]';

export const inspectAcl = defineJob({
  name: 'inspect-acl',
  queue: 'checks',
  payload: AclRequest,
  options: { attempts: 3, backoffMs: 2000 },

  handle: async (asked, tools, run) => {
    const refused = await refusalOf(asked, { command: 'acl', clusters: [asked.cluster] }, tools, run);
    if (refused) return refused;
    const cluster = tools.config.clusters.get(asked.cluster);
    if (cluster === undefined)
      return endPrivately(asked, unknownCluster(asked, tools), tools, run, 'refused');
    const { accessor } = asked;
    if (accessor !== null && !isAccessor(accessor)) {
      const problem = accessorShape(accessor);
      return endPrivately(asked, renderFailure({ kind: 'usage', problem, usage }), tools, run, 'refused');
    }
    const read = await tools.inspectAcl(cluster, { accessor, signal: run.signal });
    if (run.signal.aborted) return { kind: 'again', reason: 'aborted' };
    if (!read.ok) return tellFailure(asked, read, tools, run);
    const messages = renderAcl(read.report, { accessor, requestedBy: asked.user, shared: asked.share });
    const told = asked.share
      ? await post(asked, messages, tools, run)
      : await tell(asked, messages, tools, run);
    return told.ok ? { kind: 'done', as: asked.share ? 'shared' : 'told' } : afterFailure(told.failure, run);
  },

  abandon: async (asked, tools, run) => {
    await answerPrivately(asked, renderFailure({ kind: 'unexpected', requestId: run.id }), tools, run);
  },
});

const tellFailure = async (
  asked: AclRequest,
  read: Extract<AclRead, { ok: false }>,
  tools: JobTools,
  run: JobRun,
): Promise<Outcome> => {
  if (read.kind === 'accessor') {
    const failure = renderFailure({ kind: 'usage', problem: read.problem, usage });
    return endPrivately(asked, failure, tools, run, 'no-such-token');
  }
  const { cause, message, passes } = read;
  if (passes && run.attempt < run.attempts) return { kind: 'again', reason: cause };
  const failure = renderFailure({ kind: 'cannot-read', cluster: asked.cluster, cause, message });
  return endPrivately(asked, failure, tools, run, cause);
};

type Told = SlackAnswer<unknown>;

/** To the one who asked, each message once as far as can be known. */
const tell = async (
  asker: Asker,
  messages: readonly Message[],
  tools: JobTools,
  run: JobRun,
): Promise<Told> => {
  let told: Told = { ok: true, value: undefined };
  for (const [index, message] of messages.entries()) {
    told = await answerPrivately(asker, message, tools, { ...run, id: `${run.id}/${index}` });
    if (!told.ok) break;
  }
  return told;
};

/** To the channel, the rest in the thread; privately where the bot may not post there. */
const post = async (
  asker: Asker,
  [first, ...rest]: readonly Message[],
  tools: JobTools,
  run: JobRun,
): Promise<Told> => {
  if (!first) return { ok: true, value: undefined };
  const opened = await openAnswer(asker, first, tools, run);
  if (!opened.ok) return opened;
  const finished = await finishAnswer(asker, opened.value, first, tools, run);
  if (!finished.ok || finished.value.kind === 'private') return finished;
  const { channel, ts: thread } = finished.value.place;
  for (const [index, message] of rest.entries()) {
    const target = { channel, thread, name: `${run.id}/${index}`, since: run.since };
    const posted = await tools.poster.post(target, message);
    if (!posted.ok) return posted;
  }
  return finished;
};

/** The cluster was removed from the configuration between request and job. */
const unknownCluster = ({ cluster }: AclRequest, { config }: JobTools): Message => {
  const known = [...config.clusters.keys()];
  return renderFailure({ kind: 'unknown-cluster', cluster, nearest: nearest(cluster, known), known });
};

import type { OverlayFile } from '../../checks/overlay';
import type { JobOutcome } from '../../queue/define';
import { renderFailure } from '../../render/slack/failure';
import { failure, type Result, success } from '../../result';
import { findRequestedCluster, readRequestedCluster } from '../../slack/cluster-request';
import { defineRequestJob, type RequestContext } from '../../slack/request-job';
import { ForetoldRequest, type ForetoldServices } from './foretold-request';
import { renderForetold } from './foretold.message';

type Context = RequestContext<ForetoldRequest, ForetoldServices>;

const problemWith = (problem: string) =>
  renderFailure({ kind: 'usage', problem, usage: '@peering-bot check CLUSTER, with the files' });

/** Downloads the files. An error ends this run of the job. */
const readFiles = async ({
  payload,
  reply,
  readSharedFile,
  signal,
  attempt,
  attempts,
}: Context): Promise<Result<readonly OverlayFile[], JobOutcome>> => {
  const files: OverlayFile[] = [];
  for (const file of payload.files) {
    const text = await readSharedFile(file, signal);
    if (text.ok) {
      files.push({ name: file.name, text: text.value });
      continue;
    }
    const { message, temporary } = text.error;
    if (temporary && attempt < attempts) return failure({ kind: 'retry', reason: message });
    return failure(
      await reply.finish(
        { message: problemWith(`the file ${file.name} could not be read: ${message}`) },
        'no-file',
      ),
    );
  }
  return success(files);
};

/** Checks a cluster as it would be with the changes in files of a message. */
export const checkWithFiles = defineRequestJob<ForetoldRequest, ForetoldServices>({
  name: 'check-with-files',
  queue: 'checks',
  payload: ForetoldRequest,
  options: { attempts: 3, backoffMs: 2000 },

  describe: ({ cluster }) => `check of ${cluster} with files`,

  handle: async (context) => {
    const { payload, reply, foretell } = context;
    const found = await findRequestedCluster(context, 'check');
    if (!found.ok) return found.error;
    const files = await readFiles(context);
    if (!files.ok) return files.error;
    const read = await readRequestedCluster(found.value, context, {
      command: 'check',
      doing: 'checking the cluster with the change',
      read: (options) => foretell(found.value, { ...options, files: files.value }),
    });
    if (!read.ok) return read.error;
    const { value: foretold } = read;
    if (!foretold.ok)
      return reply.finish(
        { message: problemWith(`the change could not be read: ${foretold.error}`) },
        'no-overlay',
      );
    return reply.finish({ message: renderForetold(foretold.value, { requestedBy: payload.user }) }, 'told');
  },
});

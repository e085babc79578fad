import type { OverlayFile } from '../../checks/overlay';
import type { ForetoldChange } from '../../report/foretold-change';
import { renderFailure } from '../../render/slack/failure';
import { failure, type Result, success } from '../../result';
import { findRequestedCluster, readRequestedCluster } from '../../slack/cluster-request';
import { defineRequestJob, type RequestContext } from '../../slack/request-job';
import { ForetoldRequest, type ForetoldServices } from './foretold-request';
import { renderForetold } from './foretold.message';

type Context = RequestContext<ForetoldRequest, ForetoldServices>;

/** The reason why there is no answer although the cluster could be read. */
interface FilesProblem {
  readonly message: string;
  /** True if another try may help. */
  readonly temporary: boolean;
}

const readFiles = async ({
  payload,
  readSharedFile,
  signal,
}: Context): Promise<Result<readonly OverlayFile[], FilesProblem>> => {
  const files: OverlayFile[] = [];
  for (const file of payload.files) {
    const text = await readSharedFile(file, signal);
    if (!text.ok) {
      const { message, temporary } = text.error;
      return failure({ message: `the file ${file.name} could not be read: ${message}`, temporary });
    }
    files.push({ name: file.name, text: text.value });
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
    const { payload, reply, foretell, attempt, attempts } = context;
    const found = await findRequestedCluster(context, 'check');
    if (!found.ok) return found.error;
    const read = await readRequestedCluster<Result<ForetoldChange, FilesProblem>>(found.value, context, {
      command: 'check',
      doing: 'checking the cluster with the change',
      read: async (options) => {
        // Here, so that files are not downloaded while the job waits for the cluster.
        const files = await readFiles(context);
        if (!files.ok) return success(files);
        const foretold = await foretell(found.value, { ...options, files: files.value });
        if (!foretold.ok) return foretold;
        if (foretold.value.ok) return success(foretold.value);
        const message = `the change could not be read: ${foretold.value.error}`;
        return success(failure({ message, temporary: false }));
      },
    });
    if (!read.ok) return read.error;
    const { value: foretold } = read;
    if (foretold.ok)
      return reply.finish({ message: renderForetold(foretold.value, { requestedBy: payload.user }) }, 'told');
    const { message: problem, temporary } = foretold.error;
    if (temporary && attempt < attempts) {
      await reply.pause();
      return { kind: 'retry', reason: problem };
    }
    const usage = '@peering-bot check CLUSTER, with the files';
    return reply.finish({ message: renderFailure({ kind: 'usage', problem, usage }) }, 'no-change');
  },
});

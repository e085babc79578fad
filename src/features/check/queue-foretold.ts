import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { SharedFile } from '../../slack/api/shared-file';
import type { SlackContext } from '../../slack/define';
import { queueProblem } from '../../slack/queue-problem';
import { requesterOf } from '../../slack/requester';
import { checkWithFiles } from './check-with-files';

const isOverlayFile = ({ name }: SharedFile): boolean => /\.(?:hcl|json|ya?ml)$/i.test(name);

/** Queues a check with the changes in files; returns a message if a file cannot hold any, or if it could not be queued. */
export const queueForetold = async (
  cluster: string,
  files: readonly SharedFile[],
  context: SlackContext,
): Promise<Message | undefined> => {
  const other = files.find((file) => !isOverlayFile(file));
  if (other !== undefined) {
    return renderFailure({
      kind: 'usage',
      problem: `expected files whose names end with .hcl, .json, .yaml or .yml, got "${other.name}"`,
      usage: '@peering-bot check CLUSTER, with the files',
    });
  }
  const shown = files.map(({ id, name }) => ({ id, name }));
  return queueProblem(
    await context.enqueue(checkWithFiles, { cluster, files: shown, ...requesterOf(context) }),
  );
};

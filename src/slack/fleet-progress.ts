import { renderFleetProgress } from '../render/slack/fleet-progress';
import type { Reply } from './reply';

interface ProgressParts {
  readonly reply: Pick<Reply, 'open'>;
  /** When the request was made (ms since the epoch). */
  readonly since: number;
  readonly payload: { readonly user: string };
}

/** Opens the one progress message of a run over clusters. Returns a function that shows the number of finished ones. */
export const openFleetProgress = (
  total: number,
  { reply, since, payload }: ProgressParts,
): ((done: number) => void) => {
  const render = (done: number) =>
    renderFleetProgress({ requestedBy: payload.user, done, total, elapsedMs: Date.now() - since });
  const opened = reply.open(render(0));
  return (done) => opened.show(render(done));
};

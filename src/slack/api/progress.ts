import type { Message } from '../../render/slack/limits';
import type { MessageRef } from './message-ref';
import type { Poster } from './poster';

export interface ProgressEditor {
  /** Shows the message soon, in place of one that was not shown yet. Never waits, never fails. */
  readonly show: (message: Message) => void;
  /** Shows nothing more, and resolves when no edit is under way: a late one would overwrite the answer. */
  readonly stop: () => Promise<void>;
}

/**
 * Edits one message to show progress: at most one edit at a time and one every `everyMs`, always the newest state.
 * No edit matters by itself, so a failed one is ignored, and a 429 ends them.
 */
export const startProgress = (poster: Poster, ref: MessageRef, everyMs = 1500): ProgressEditor => {
  let next: Message | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  const flush = async (): Promise<void> => {
    const message = next;
    next = undefined;
    if (message === undefined || stopped) return;
    const answer = await poster.tryEdit(ref, message);
    if (!answer.ok && answer.error.kind !== 'lost') stopped = true;
  };

  return {
    show: (message) => {
      if (stopped) return;
      next = message;
      timer ??= setTimeout(() => {
        timer = undefined;
        running = running.then(flush);
      }, everyMs);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
};

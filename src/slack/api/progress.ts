import type { Message } from '../../render/slack/limits';
import type { MessageRef } from './message-ref';
import type { SlackAnswer } from './call';

export interface ProgressEditor {
  /** Shows the message soon, in place of one that was not shown yet. Never waits, never fails. */
  readonly show: (message: Message) => void;
  /** Shows the latest message now, and stops. */
  readonly flush: () => Promise<void>;
  /**
   * Shows nothing more, and resolves when no edit is under way: a late one would overwrite the answer. True if Slack
   * may still apply one, since its reply was lost.
   */
  readonly stop: () => Promise<boolean>;
}

/** Stands for an error of Redis or a bug, which must not fail the job: progress is optional. */
const failedEdit = (): SlackAnswer<undefined> => ({ ok: false, error: { kind: 'lost', reason: 'failed' } });

/**
 * Edits one message to show progress: at most one edit at a time and one every `everyMs`, always the newest state.
 * No edit matters by itself, so a failed one is ignored, and a 429 ends them.
 */
export const startProgress = (
  edit: (ref: MessageRef, message: Message) => Promise<SlackAnswer<undefined>>,
  ref: MessageRef,
  everyMs = 1500,
): ProgressEditor => {
  let next: Message | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  let unsure = false;

  const editNow = async (): Promise<void> => {
    const message = next;
    next = undefined;
    if (message === undefined || stopped) return;
    const answer = await edit(ref, message).catch(failedEdit);
    if (answer.ok) return;
    if (answer.error.kind === 'lost') unsure = true;
    else stopped = true;
  };
  const stop = async (): Promise<boolean> => {
    stopped = true;
    clearTimeout(timer);
    await running;
    return unsure;
  };

  return {
    show: (message) => {
      if (stopped) return;
      next = message;
      timer ??= setTimeout(() => {
        timer = undefined;
        running = running.then(editNow);
      }, everyMs);
    },
    flush: async () => {
      clearTimeout(timer);
      running = running.then(editNow);
      await running;
      await stop();
    },
    stop,
  };
};

import { prose } from '../../render/escape';
import { duration, grouped } from '../../render/words';
import { mention, section } from '../../render/slack/blocks';
import type { Message } from '../../render/slack/limits';

export interface Progress {
  readonly cluster: string;
  /** User id of the requester; null if there is none. */
  readonly requestedBy: string | null;
  readonly state: 'queued' | 'reading' | 'checking' | 'retrying';
  /** Reads done and planned, for the state `reading`. */
  readonly done: number;
  readonly total: number;
  readonly elapsedMs: number;
}

const doing = ({ state, done, total }: Progress): string => {
  if (state === 'queued') return 'waiting for a worker';
  if (state === 'retrying') return 'the cluster did not answer, trying again';
  if (state === 'checking') return 'checking what was read';
  return total > 0
    ? `reading the cluster… ${grouped(done)} of ${grouped(total)} reads`
    : 'reading the cluster…';
};

/** The message while a check runs: one line, edited in place. */
export const renderProgress = (progress: Progress): Message => {
  const requester = progress.requestedBy === null ? '' : mention(progress.requestedBy);
  const text = [
    `⏳ *${prose(progress.cluster, 60)}*`,
    requester === '' ? '' : `requested by ${requester}`,
    doing(progress),
    progress.state === 'queued' ? '' : duration(progress.elapsedMs),
  ]
    .filter((part) => part !== '')
    .join(' · ');
  return { text, blocks: [section(text)] };
};

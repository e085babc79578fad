import { duration, grouped } from '../words';
import { prose } from '../escape';
import { mention, section } from './blocks';
import type { Message } from './limits';

export interface ReadProgress {
  readonly cluster: string;
  /** User id of the requester. */
  readonly requestedBy: string;
  /** The work after the reads, as Slack's mrkdwn. */
  readonly doing: string;
  readonly state: 'reading' | 'retrying';
  /** Reads done and planned. */
  readonly done: number;
  readonly total: number;
  readonly elapsedMs: number;
}

const stateWords = ({ state, doing, done, total }: ReadProgress): string => {
  if (state === 'retrying') return 'the cluster did not answer, trying again';
  return total > 0 ? `${doing}… ${grouped(done)} of ${grouped(total)} reads` : `${doing}…`;
};

/** The message while a cluster is read for a request: one line, edited in place. */
export const renderReadProgress = (progress: ReadProgress): Message => {
  const text = [
    `⏳ *${prose(progress.cluster, 64)}*`,
    `requested by ${mention(progress.requestedBy)}`,
    stateWords(progress),
    duration(progress.elapsedMs),
  ].join(' · ');
  return { text, blocks: [section(text)] };
};

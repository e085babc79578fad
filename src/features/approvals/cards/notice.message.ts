import { capitalized, code, sentence } from '../../../render/escape';
import { momentAt } from './card.message';
import { section } from '../../../render/slack/blocks';
import type { Message } from '../../../render/slack/limits';

const icons = { done: '✅', waiting: '⏳', refused: '⛔', unclear: '❔' } as const;

/** Renders one line about a request for one person. Quoted names may be hostile. */
export const renderApprovalNotice = (icon: keyof typeof icons, words: string): Message => {
  const text = `${icons[icon]} ${capitalized(sentence(words, 600))}`;
  return { text, blocks: [section(text)] };
};

/** Explains that a revealed token cannot be shown again, and how to get a new one. `at` is ms since the epoch. */
export const renderRevealed = ({
  acceptor,
  peer,
  at,
}: {
  readonly acceptor: string;
  readonly peer: string;
  readonly at: number;
}): Message => {
  const command = code(`/peering token ${acceptor} ${peer}`, 200);
  const when = momentAt(at, '{date_short_pretty} {time}');
  const text = `${icons.refused} This token was already revealed, ${when}. It is not stored, so it cannot be shown again. To request a new one, run ${command}. A new token voids this one if nobody has used it.`;
  return { text, blocks: [section(text)] };
};

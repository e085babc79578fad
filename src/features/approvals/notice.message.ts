import { code, sentence } from '../../render/escape';
import { momentAt } from './card.message';
import { section } from '../../render/slack/blocks';
import type { Message } from '../../render/slack/limits';

const icons = { done: '✅', waiting: '⏳', refused: '⛔', unclear: '❔' } as const;

/** One line about a request for one person. What is quoted in it may be hostile. */
export const renderApprovalNotice = (icon: keyof typeof icons, words: string): Message => {
  const text = `${icons[icon]} ${sentence(words, 600)}`;
  return { text, blocks: [section(text)] };
};

/** Why a token that was shown is not shown again, and how to come by another. `at` is ms since the epoch. */
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
  const text = `${icons.refused} This token was revealed already, ${when}. It is kept nowhere, so it cannot be shown again. For a new one ask anew: ${command}. Making that voids this one, where nobody has used it.`;
  return { text, blocks: [section(text)] };
};

import { sentence } from '../escape';
import { section } from './blocks';
import type { Message } from './limits';

const icons = { done: '✅', waiting: '⏳', refused: '⛔', unclear: '❔' } as const;

/** One line about a request for one person. What is quoted in it may be hostile. */
export const renderApprovalNotice = (icon: keyof typeof icons, words: string): Message => {
  const text = `${icons[icon]} ${sentence(words, 600)}`;
  return { text, blocks: [section(text)] };
};

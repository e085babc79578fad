import type { Terminal } from './command';

/**
 * Returns the columns that text is wrapped to: those of the terminal, up to a width that reads well; 80 where standard
 * output is no terminal, or one that does not know its size.
 */
export const textWidth = ({ columns }: Pick<Terminal, 'columns'>): number =>
  Math.min(120, Math.max(40, columns || 80));

/** Lines at the bottom of a terminal that are drawn again and again, and erased at the end. */
export interface LiveLines {
  /** Replaces the lines. Longer ones than the terminal is wide are cut; those beyond its height are left out. */
  readonly draw: (lines: readonly string[]) => void;
  readonly erase: () => void;
}

/** Cut lines instead of wrapping them, since the way back up counts lines. */
const noWrap = '\u001b[?7l';
const wrap = '\u001b[?7h';

/** @param rows height of the terminal in lines */
export const createLiveLines = (write: (text: string) => void, rows: number): LiveLines => {
  let drawn = 0;
  // The cursor stands below the last line.
  const back = (): string => (drawn === 0 ? '' : `\u001b[${drawn}A\r\u001b[J`);
  return {
    draw: (lines) => {
      const shown = lines.slice(0, Math.max(1, rows - 1));
      write(`${back()}${noWrap}${shown.map((line) => `${line}\n`).join('')}${wrap}`);
      drawn = shown.length;
    },
    erase: () => {
      if (drawn > 0) write(back());
      drawn = 0;
    },
  };
};

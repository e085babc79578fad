import { createLiveLines } from '../../src/cli/live-lines';

/** A terminal that understands the moves, and cuts lines at its width as long as it may not wrap them. */
const createScreen = (columns: number) => {
  let lines: string[] = [''];
  let [row, column, wraps] = [0, 0, true];
  const put = (character: string): void => {
    if (column >= columns) {
      if (!wraps) return;
      [row, column] = [row + 1, 0];
    }
    const line = (lines[row] ??= '');
    lines[row] = line.slice(0, column) + character + line.slice(column + 1);
    column += 1;
  };
  const write = (text: string): void => {
    for (const [, move, n, character] of text.matchAll(/\u001b\[(?:(\?7[lh]|J)|(\d+)A)|([\s\S])/g)) {
      if (move === '?7l') wraps = false;
      else if (move === '?7h') wraps = true;
      else if (move === 'J') lines = [...lines.slice(0, row), (lines[row] ?? '').slice(0, column)];
      else if (n !== undefined) row = Math.max(0, row - Number(n));
      else if (character === '\r') column = 0;
      else if (character === '\n') {
        [row, column] = [row + 1, 0];
        lines[row] ??= '';
      } else put(character ?? '');
    }
  };
  return { write, shown: () => lines.join('\n') };
};

describe('createLiveLines', () => {
  it('replaces its lines, and leaves what stood above', () => {
    const screen = createScreen(20);
    screen.write('before\n');
    const live = createLiveLines(screen.write, 10);
    live.draw(['one', 'two', 'three']);
    live.draw(['four', 'five']);
    expect(screen.shown()).toBe('before\nfour\nfive\n');
    live.erase();
    expect(screen.shown()).toBe('before\n');
  });

  it('cuts lines that are wider than the terminal', () => {
    const screen = createScreen(4);
    const live = createLiveLines(screen.write, 10);
    live.draw(['abcdefgh', 'x']);
    live.draw(['abcdefgh', 'y']);
    expect(screen.shown()).toBe('abcd\ny\n');
  });

  it('draws no more lines than the terminal is high', () => {
    const screen = createScreen(20);
    createLiveLines(screen.write, 3).draw(['a', 'b', 'c', 'd']);
    expect(screen.shown()).toBe('a\nb\n');
  });

  it('writes nothing at the end where it drew nothing', () => {
    const write = jest.fn();
    createLiveLines(write, 3).erase();
    expect(write).not.toHaveBeenCalled();
  });
});

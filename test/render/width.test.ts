import fc from 'fast-check';
import { showInvisible } from '../../src/render/escape';
import { displayWidth, wrap } from '../../src/render/width';
import { hostileText } from './hostile';

test('width counts columns: wide characters are two, combining marks none', () => {
  expect(
    ['', 'web-1', 'naïve', '漢字', '한국어', 'ｆｕｌｌ', '😀✅', 'e\u0301', '→ … – ·', '✓✗'].map(
      displayWidth,
    ),
  ).toEqual([0, 5, 5, 4, 6, 8, 4, 1, 7, 2]);
});

test('wrapped lines fit, and hold every character but the spaces they were broken at', () => {
  fc.assert(
    fc.property(hostileText.map(showInvisible), fc.integer({ min: 2, max: 100 }), (text, width) => {
      const lines = wrap(text, width);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }),
  );
});

test('lines are broken at spaces, and within words only where a word is wider than the line', () => {
  expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four']);
  expect(wrap('a 漢字漢字 b', 5)).toEqual(['a', '漢字', '漢字', 'b']);
  expect(wrap('', 9)).toEqual(['']);
});

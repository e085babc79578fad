const bars = '▁▂▃▄▅▆▇█';

/**
 * Draws the counts of consecutive runs as one bar each, in the order given. 0 is the lowest bar, and each error raises
 * it by one up to 7; if a count is larger, the largest one is the full bar. `null` is a run with an unknown verdict, and
 * drawn as `?`, because the lowest bar would mean that nothing was wrong.
 */
export const trend = (counts: readonly (number | null)[]): string => {
  const max = Math.max(bars.length - 1, ...counts.map((count) => count ?? 0));
  return counts
    .map((count) => (count === null ? '?' : bars[Math.ceil((count / max) * (bars.length - 1))]))
    .join('');
};

const bars = '▁▂▃▄▅▆▇█';

/**
 * Counts of consecutive runs as one bar each, in the order given. None is the lowest bar and one is the next, up to
 * seven; where a count is larger, the largest is the full bar. `null` is a run that could not be judged: a `?`,
 * since the lowest bar would say that nothing was wrong.
 */
export const trend = (counts: readonly (number | null)[]): string => {
  const max = Math.max(bars.length - 1, ...counts.map((count) => count ?? 0));
  return counts
    .map((count) => (count === null ? '?' : bars[Math.ceil((count / max) * (bars.length - 1))]))
    .join('');
};

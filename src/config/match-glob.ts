/**
 * Matches a name against a glob in which `*` stands for any run of characters and `?` for one. The time is bounded by
 * the product of both lengths for any pattern (no regular expression is built from it).
 */
export const matchesGlob = (glob: string, name: string): boolean => {
  let g = 0;
  let n = 0;
  let star = -1;
  let retry = 0;
  while (n < name.length) {
    if (g < glob.length && (glob[g] === '?' || (glob[g] === name[n] && glob[g] !== '*'))) {
      g += 1;
      n += 1;
    } else if (glob[g] === '*') {
      star = g;
      g += 1;
      retry = n;
    } else if (star >= 0) {
      g = star + 1;
      retry += 1;
      n = retry;
    } else {
      return false;
    }
  }
  while (glob[g] === '*') g += 1;
  return g === glob.length;
};

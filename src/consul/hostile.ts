/**
 * Makes text that came from outside fit for one line of a message: secrets out, then control, format and other
 * invisible characters to spaces, then cut.
 *
 * @param secrets values that must not be repeated; whoever echoes them, they are replaced.
 * @param max in characters.
 */
export const legible = (text: string, secrets: readonly string[], max = 200): string => {
  let clean = text;
  // Before anything is cut: half a secret is a secret too.
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret)]) clean = clean.replaceAll(form, '[secret]');
  }
  clean = clean
    .slice(0, 20 * max)
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  const characters = Array.from(clean);
  return characters.length <= max ? clean : `${characters.slice(0, max).join('')}…`;
};

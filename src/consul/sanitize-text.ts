/** Replaces known secrets in a text, which a server may repeat. */
export const redactSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '[secret]')), text);

/**
 * Replaces what looks like a secret that is not known yet: UUIDs, which Consul uses for secrets, and longer runs of
 * base64, as in a peering token, also if it was cut.
 */
export const redactLikelySecrets = (text: string): string =>
  text.replaceAll(
    /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Za-z0-9+/_-]{40,}={0,2}/gi,
    '[secret]',
  );

/**
 * Prepares text from outside for one line of a message: redacts secrets, replaces control, format and other invisible
 * characters with spaces, and cuts the text.
 *
 * @param max in characters.
 */
export const sanitizeText = (text: string, secrets: readonly string[], max = 200): string => {
  // Secrets first: a cut text could hold half of one.
  const clean = redactSecrets(text, secrets)
    .slice(0, 20 * max)
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  const characters = Array.from(clean);
  return characters.length <= max ? clean : `${characters.slice(0, max).join('')}…`;
};

/** The text without secrets: whoever echoes them, they are not repeated. */
export const redactSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '[secret]')), text);

/**
 * The text without anything that looks like a secret that is not known yet: UUIDs, as Consul's secrets are, and
 * longer runs of base64, as a peering token is, also where one was cut.
 */
export const redactLikelySecrets = (text: string): string =>
  text.replaceAll(
    /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Za-z0-9+/_-]{40,}={0,2}/gi,
    '[secret]',
  );

/**
 * Makes text that came from outside fit for one line of a message: secrets out, then control, format and other
 * invisible characters to spaces, then cut.
 *
 * @param max in characters.
 */
export const sanitizeText = (text: string, secrets: readonly string[], max = 200): string => {
  // Secrets first: what is cut could be half of one.
  const clean = redactSecrets(text, secrets)
    .slice(0, 20 * max)
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  const characters = Array.from(clean);
  return characters.length <= max ? clean : `${characters.slice(0, max).join('')}…`;
};

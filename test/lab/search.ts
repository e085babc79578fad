import { constants, inflateRawSync, inflateSync } from 'node:zlib';

/**
 * Looks for secrets in what a program left somewhere, however it was written: as it is, as a form, as MONITOR of
 * Redis prints it, in base64, compressed, and each within another. Text is latin1, a character a byte.
 */

/** Returns the texts that reveal a secret: itself or, if it is long, any piece of it, as it may be cut or split. */
const pieces = (secret: string): readonly string[] =>
  secret.length <= pieceLength
    ? [secret]
    : Array.from({ length: Math.floor((secret.length - pieceLength) / 20) + 1 }, (_, at) =>
        secret.slice(at * 20, at * 20 + pieceLength),
      );
/** Longer than what a peering token and a public certificate share: the name of the trust domain. */
const pieceLength = 64;

const hex = (digits: string): string => String.fromCharCode(Number.parseInt(digits, 16));

/** As the arguments of a command stand in MONITOR. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/g, (_, code: string | undefined, one: string) => {
    if (code !== undefined) return hex(code);
    return { n: '\n', r: '\r', t: '\t', b: '\b', a: '\u0007' }[one] ?? one;
  });

const fromForm = (text: string): string =>
  text.replaceAll('+', ' ').replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) => hex(code));

/** `+` may be meant, as in base64, where only `/` and `=` are written as in a form. */
const fromAddress = (text: string): string =>
  text.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) => hex(code));

const decoded = (text: string): string =>
  (text.match(/[A-Za-z0-9+/_-]{24,}/g) ?? [])
    .map((run) => Buffer.from(run, 'base64').toString('latin1'))
    .join('\n');

const starts = (text: string, magic: string): readonly number[] => {
  const found: number[] = [];
  for (let at = text.indexOf(magic); at !== -1; at = text.indexOf(magic, at + 1)) found.push(at);
  return found;
};

/** Everything compressed in it; what only looks so is passed over. Whatever follows it may stand there. */
const expanded = (text: string): string => {
  const expand = (at: number, work: typeof inflateSync): string => {
    try {
      const bytes = Buffer.from(text.slice(at), 'latin1');
      return work(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString('latin1');
    } catch {
      return '';
    }
  };
  return [
    ...starts(text, '\u001f\u008b\u0008').map((at) => expand(at + 10, inflateRawSync)),
    ...['\u0078\u009c', '\u0078\u0001', '\u0078\u00da'].flatMap((magic) =>
      starts(text, magic).map((at) => expand(at, inflateSync)),
    ),
  ].join('\n');
};

/** All that a text may mean to its reader. */
const readings = (text: string, depth = 3): readonly string[] => {
  if (text === '' || depth === 0) return [text];
  const seen = new Set([text]);
  for (const read of [unescaped, fromForm, fromAddress]) {
    for (const one of Array.from(seen)) seen.add(read(one));
  }
  const within = [...seen].flatMap((one) =>
    [decoded(one), expanded(one)].filter((more) => more !== '').flatMap((more) => readings(more, depth - 1)),
  );
  return [...new Set([...seen, ...within])];
};

/** The names of those secrets that are found in the text. */
export const foundIn = (text: string, secrets: Readonly<Record<string, string>>): readonly string[] => {
  const all = readings(text);
  return Object.entries(secrets)
    .filter(([, secret]) => pieces(secret).some((piece) => all.some((one) => one.includes(piece))))
    .map(([name]) => name);
};

import fc from 'fast-check';

/** Pieces that break out of quotes, heredocs, interpolations and markup where a writer lets them. */
const pieces = [
  "'",
  '"',
  '`',
  '\\',
  '\n',
  '\r\n',
  '\t',
  '\u0001',
  '\u001b[2J',
  '\u001b[201~',
  '\u0085',
  '\u2028',
  '\u202e',
  '\u200b',
  '\u3164',
  '\ufe0f',
  '\u{e0101}',
  '\u{feff}',
  '\u{e123}',
  '\u{1f600}',
  '\ud800',
  '${',
  '}',
  '%{',
  '$(touch canary)',
  '`touch canary`',
  "'; touch canary; '",
  '"; touch canary; "',
  '\ntouch canary\n',
  '\nEOF\ntouch canary\n',
  '\nEOF1\ntouch canary\n',
  'EOF',
  '!!',
  '!touch',
  '~',
  '*',
  '#',
  '<!channel>',
  '&lt;',
  '%s%n',
  '\\n',
  '\\(env)',
  '-',
  '--',
  '=',
  ' ',
  'web',
  'yes',
  '0x1f',
];

/** Text that a cluster could hold and nobody wants to paste, without U+0000. */
export const hostileText = (maxLength = 10_000): fc.Arbitrary<string> => {
  const joined = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((list) => list.join(''));
  const anything = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', ''));
  const long = fc
    .tuple(fc.constantFrom(...pieces), fc.integer({ min: 1, max: maxLength }))
    .map(([piece, count]) => piece.repeat(Math.ceil(count / piece.length)).slice(0, count));
  return fc.oneof(
    { weight: 4, arbitrary: joined },
    { weight: 2, arbitrary: anything },
    { weight: 1, arbitrary: long },
  );
};

/** Text with lone surrogates as Go, and so Consul, reads it. */
export const asConsulReads = (text: string): string => text.replace(/\p{Cs}/gu, '\u{fffd}');

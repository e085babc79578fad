import fc from 'fast-check';
import { clip, code, codeBlock, link, plain, prose, sentence, showInvisible } from '../../src/render/escape';
import { hostileText } from './hostile';

const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Renders an escaped text as Slack does. */
const decoded = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const outsideCode = (text: string): string => text.replace(/`[^`]*`/g, '¦');

/** Nothing in the text is read by Slack as a mention, a link, an emoji or formatting. */
const emoji = /:(?![0-9a-f]{1,4}:)[\p{L}\p{N}\p{M}_+'-]+:/iu;

const isInert = (text: string): boolean =>
  !/[<>]/.test(text) &&
  !/&(?!(?:amp|lt|gt);)/.test(text) &&
  !/[*~`]/.test(outsideCode(text)) &&
  !emoji.test(outsideCode(text)) &&
  !/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/u.test(outsideCode(text));

describe('visible', () => {
  test('leaves nothing hidden, whatever comes in', () => {
    fc.assert(fc.property(hostileText, (text) => !hidden.test(showInvisible(text))));
  });

  test('shows each hidden character as something of its own', () => {
    const shown = [
      '\n',
      '\r',
      '\t',
      '\0',
      '\u001b',
      '\u007f',
      '\u0085',
      '\u202e',
      '\u200b',
      '\ud83d',
      '\u00a0',
      '\u{e0041}',
      '\u3164',
      '\u{e0100}',
    ].map(showInvisible);
    expect(shown).toEqual([
      '␊',
      '␍',
      '␉',
      '␀',
      '␛',
      '␡',
      '⟨U+0085⟩',
      '⟨U+202E⟩',
      '⟨U+200B⟩',
      '⟨U+D83D⟩',
      '⟨U+00A0⟩',
      '⟨U+E0041⟩',
      '⟨U+3164⟩',
      '⟨U+E0100⟩',
    ]);
  });

  test('leaves names as people write them alone', () => {
    for (const name of [
      'web-sidecar-proxy',
      'naïve café',
      '漢字 и кириллица',
      'שלום',
      '😀',
      'a/b_c.d:8443',
    ]) {
      expect(showInvisible(name)).toBe(name);
    }
  });
});

describe('clip', () => {
  test('never exceeds its length, never cuts a character in two, and says how much is missing', () => {
    const text = fc.string({ unit: 'binary', maxLength: 400, size: 'max' });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 300 }), (long, max) => {
        const short = clip(long, max);
        expect(short.length).toBeLessThanOrEqual(max);
        expect(/\p{Cs}/u.test(short)).toBe(false);
        const cut = /…⟨([\d,]+) more⟩…/.exec(short);
        if (cut !== null && short !== long) {
          const missing = Number(cut[1]?.replaceAll(',', ''));
          expect(short.length - cut[0].length + missing).toBe(long.length);
        }
      }),
    );
  });

  test('keeps both ends', () => {
    expect(clip(`start${'x'.repeat(10_000)}end`, 40)).toBe('startxxxxxxxxxxxx…⟨9,983 more⟩…xxxxxend');
  });
});

describe('text for Slack', () => {
  test('is inert in prose, in code and in sentences, and at max five times as long as allowed', () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 30, max: 500 }), (text, max) => {
        for (const shown of [prose(text, max), sentence(text, max), code(text, max)]) {
          expect([shown, isInert(shown)]).toEqual([shown, true]);
        }
        expect(prose(text, max).length).toBeLessThanOrEqual(5 * max);
        expect(code(text, max).length).toBeLessThanOrEqual(5 * max + '(empty)'.length + 2);
      }),
      { numRuns: 500 },
    );
  });

  test('is one code span for a name, whatever the name', () => {
    fc.assert(fc.property(hostileText, (name) => /^`[^`\n]+`$/.test(code(name, 100))));
  });

  test('reads as it was written where nothing needs escaping', () => {
    expect(prose('web_1 has no destination_peer (a & b)', 100)).toBe(
      'web_1 has no destination_peer (a &amp; b)',
    );
    expect(prose('at 14:03:22 from [fe80::1:2]:8443', 100)).toBe('at 14:03:22 from [fe80::1:2]:8443');
    expect(code('a_*_b', 100)).toBe('`a_*_b`');
  });

  test('shows what a sentence quotes as code, and only there', () => {
    expect(sentence('"api" has no `destination_peer`, mode "none" (was "x y")', 200)).toBe(
      '`api` has no `destination_peer`, mode `none` (was `x y`)',
    );
    expect(sentence('lacks `service_prefix "" { policy = "read" }`, so', 200)).toBe(
      'lacks `service_prefix "" { policy = "read" }`, so',
    );
    expect(sentence('a"b"c `open', 200)).toBe('a"b"c ˋopen');
  });

  test('has no control characters of Slack in plain text', () => {
    fc.assert(
      fc.property(hostileText, (text) => !/[<>&]/.test(plain(text, 150)) && !emoji.test(plain(text, 150))),
    );
  });

  test('makes links of plain https addresses only', () => {
    expect(link('https://developer.hashicorp.com/consul/docs#a-b', 'Docs')).toBe(
      '<https://developer.hashicorp.com/consul/docs#a-b|Docs>',
    );
    for (const url of [
      'javascript:alert(1)',
      'https://a|b',
      'https://a>b',
      'https://a b',
      'http://a',
      'https://a/<!here>',
    ]) {
      expect(link(url, 'Docs')).toBe(code(url, 200));
    }
  });
});

describe('codeBlock', () => {
  test('is letter for letter what is to be pasted, or is not there', () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 10, max: 3_000 }), (snippet, max) => {
        const block = codeBlock(snippet, max);
        if (block === undefined) return;
        expect(block.length).toBeLessThanOrEqual(max);
        const inside = /^```\n([^]*)\n```$/.exec(block)?.[1] ?? '';
        expect(inside).not.toContain('```');
        expect(inside).not.toMatch(/[<>]/);
        expect(decoded(inside)).toBe(snippet.replace(/\n+$/, ''));
      }),
      { numRuns: 500 },
    );
  });

  test('takes ordinary snippets, and none with anything hidden or with a fence', () => {
    expect(codeBlock('consul config write - <<\'EOF\'\n\tKind = "mesh"\nEOF\n', 3_000)).toBe(
      '```\nconsul config write - &lt;&lt;\'EOF\'\n\tKind = "mesh"\nEOF\n```',
    );
    for (const snippet of ['a\u202eb', 'a\u001b[1mb', 'a\rb', 'a```b', 'x'.repeat(2_993)]) {
      expect(codeBlock(snippet, 3_000)).toBeUndefined();
    }
  });
});

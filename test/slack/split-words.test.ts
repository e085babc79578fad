import fc from 'fast-check';
import { splitWords } from '../../src/slack/split-words';

describe('splitWords', () => {
  it.each([
    ['', []],
    ['   ', []],
    ['check prod-east', ['check', 'prod-east']],
    ['  check\tprod-east\n west ', ['check', 'prod-east', 'west']],
    ['check\u00a0prod-east\u2003west\u3000x', ['check', 'prod-east', 'west', 'x']],
    ['check "prod east"', ['check', 'prod east']],
    ['check \u201cprod east\u201d', ['check', 'prod east']],
    ['check \u201eprod east\u201c', ['check', 'prod east']],
    ['check \u00abprod east\u00bb', ['check', 'prod east']],
    ["check 'prod east'", ['check', 'prod east']],
    ['check \u2018prod east\u2019', ['check', 'prod east']],
    ["mute it's fine", ['mute', "it's", 'fine']],
    ['check ""', ['check', '']],
    ['check "prod east', ['check', '"prod', 'east']],
    ['check a"b"c', ['check', 'a"b"c']],
    ['check \u200fprod-east\u200e', ['check', 'prod-east']],
    ['\ufeffcheck prod\u200b-east', ['check', 'prod-east']],
    ['check <http://prod.example|prod.example>', ['check', 'prod.example']],
    ['check <https://prod.example>', ['check', 'https://prod.example']],
    ['check <mailto:a@b.example|a@b.example>', ['check', 'a@b.example']],
    ['grant <@U123|ann> <#C1|general> <!subteam^S1|@leads>', ['grant', '<@U123>', '<#C1>', '<!subteam^S1>']],
    ['check a&amp;b &lt;x&gt; &amp;lt;', ['check', 'a&b', '<x>', '&lt;']],
    ['check 🎉 prod', ['check', '🎉', 'prod']],
    ['check \u05d0\u05d1\u05d2 prod', ['check', '\u05d0\u05d1\u05d2', 'prod']],
  ])('reads %j', (text, words) => expect(splitWords(text)).toEqual(words));

  it('gives back every plain word, whatever stands between them', () => {
    const word = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
    const space = fc.stringMatching(/^[ \t\n\u00a0\u2003\u3000]{1,4}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(word, space), { maxLength: 60 }), (parts) => {
        expect(splitWords(parts.flat().join(''))).toEqual(parts.map(([one]) => one));
      }),
    );
  });

  it('takes any text, and gives few words with nothing invisible in them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20_000 }), (text) => {
        const words = splitWords(text);
        expect(words.length).toBeLessThanOrEqual(100);
        expect(words.join('')).not.toMatch(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/);
      }),
    );
  });
});

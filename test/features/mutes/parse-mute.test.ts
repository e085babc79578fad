import fc from 'fast-check';
import { parseMute, parseUnmute } from '../../../src/features/mutes/parse-mute';
import { splitWords } from '../../../src/slack/split-words';

const checkIds = ['mesh-gateway-mode', 'mesh-gateway-healthy', 'peering-active'];
const day = 86_400_000;
const parse = (text: string) => parseMute(splitWords(text), checkIds);
const value = (text: string) => {
  const said = parse(text);
  if (!said.ok) throw new Error(said.error);
  const { check, subject, forMs, reason } = said.value;
  return [check, subject, forMs, reason];
};

describe('what people say to mute', () => {
  it.each([
    ['peering-active for 7d goes on Friday', ['peering-active', null, 7 * day, 'goes on Friday']],
    ['mesh-* FOR 12h for a test', ['mesh-*', null, day / 2, 'for a test']],
    ['peering-active east for 1d known', ['peering-active', 'east', day, 'known']],
    ['peering-active web on node a for 1d known', ['peering-active', 'web on node a', day, 'known']],
    ['peering-active "web -> api" for 1d known', ['peering-active', 'web → api', day, 'known']],
    ['peering-active “made for 7d x” for 1d “a b”', ['peering-active', 'made for 7d x', day, 'a b']],
    ['peering-active waiting for ages for 1d known', ['peering-active', 'waiting for ages', day, 'known']],
  ])('reads %j', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  it.each([
    ['mesh-gatway-mode for 7d x', 'did you mean "mesh-gateway-mode"'],
    ['nothing-* for 7d x', 'no check matches'],
    ['peering-active', 'the duration is missing'],
    ['peering-active for', 'is not a duration'],
    ['peering-active for ever x', 'is not a duration'],
    ['peering-active for 91d x', 'to 90d'],
    ['peering-active for 30s x', 'from 5m'],
    ['peering-active for 7d', 'the reason is missing'],
    [`peering-active for 7d ${'x'.repeat(301)}`, '301 characters'],
  ])('says what is wrong with %j', (text, part) => {
    const said = parse(text);
    expect(said).toMatchObject({ ok: false, error: expect.stringContaining(part) });
  });

  it('answers whatever is said in a few words', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('for', '7d', 'mesh-*', 'x'.repeat(9999)))),
        (words) => {
          const said = parseMute(words, checkIds);
          if (!said.ok) expect(said.error.length).toBeLessThan(200);
          else {
            expect(said.value.reason.trim()).not.toBe('');
            expect(said.value.forMs).toBeLessThanOrEqual(90 * day);
          }
        },
      ),
    );
  });

  it('reads what is to count again as it was muted', () => {
    expect(parseUnmute(splitWords('mesh-* web -> api'))).toEqual({ check: 'mesh-*', subject: 'web → api' });
    expect(parseUnmute(['gone-check'])).toEqual({ check: 'gone-check', subject: null });
  });
});

import fc from 'fast-check';
import type { KnownBlock } from '@slack/types';
import { section } from '../../../src/render/slack/blocks';
import { fits, packLines, packMessages, textLength } from '../../../src/render/slack/limits';

const block = fc.integer({ min: 1, max: 400 }).map((length) => section('x'.repeat(length)));
const part = fc.array(block, { minLength: 1, maxLength: 8 }).map((blocks) => ({ blocks }));
const room = fc.record({
  blocks: fc.integer({ min: 2, max: 12 }),
  text: fc.integer({ min: 400, max: 2_000 }),
});

describe('packMessages', () => {
  test('keeps every block in order, fills no message beyond its room, and splits only what cannot fit', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), room, (parts, limit) => {
        const messages = packMessages(parts, limit);
        expect(messages.flatMap(({ blocks }) => blocks)).toEqual(parts.flatMap(({ blocks }) => blocks));
        for (const message of messages) {
          expect(fits(message.blocks, limit)).toBe(true);
          expect(message.blocks.length).toBeGreaterThan(0);
        }
        for (const one of parts.filter(({ blocks }) => fits(blocks, limit))) {
          expect(messages.filter((message) => message.parts.includes(one))).toHaveLength(1);
        }
      }),
    );
  });

  test('starts a message only when the last one is full', () => {
    const parts = Array.from({ length: 9 }, () => ({ blocks: [section('x'.repeat(100))] }));
    expect(packMessages(parts, { blocks: 50, text: 300 }).map((message) => message.blocks.length)).toEqual([
      3, 3, 3,
    ]);
    expect(packMessages(parts, { blocks: 4, text: 9_000 }).map((message) => message.blocks.length)).toEqual([
      4, 4, 1,
    ]);
  });
});

test('packLines keeps every line and joins as many as fit', () => {
  const line = fc.string({ minLength: 1, maxLength: 50 }).map((text) => text.replaceAll('\n', ' '));
  fc.assert(
    fc.property(fc.array(line), fc.integer({ min: 50, max: 200 }), (lines, max) => {
      const texts = packLines(lines, max);
      expect(texts.flatMap((text) => text.split('\n'))).toEqual(lines);
      for (const [index, text] of texts.entries()) {
        expect(text.length).toBeLessThanOrEqual(max);
        const following = texts[index + 1]?.split('\n')[0];
        if (following !== undefined) expect(text.length + 1 + following.length).toBeGreaterThan(max);
      }
    }),
  );
});

test('a container counts with its children and its title', () => {
  const container: KnownBlock = {
    type: 'container',
    title: { type: 'plain_text', text: 'four' },
    child_blocks: [section('one'), section('two')],
  };
  const fitsIn = (blocks: number) => fits([container, section('x')], { blocks, text: 100 });
  expect([fitsIn(3), fitsIn(4), textLength([container])]).toEqual([false, true, 10]);
});

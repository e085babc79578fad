import fc from 'fast-check';
import type { KnownBlock } from '@slack/types';
import { muteButtons, muteButton } from '../../../src/features/mutes/mute-buttons';
import {
  groupMutes,
  muteBlock,
  renderMuted,
  renderMuteForm,
  renderMutes,
  renderNotMuted,
  renderUnmuted,
} from '../../../src/features/mutes/mutes.message';
import { limits, messageRoom } from '../../../src/render/slack/limits';
import type { Finding } from '../../../src/report/report';
import { hostileText } from '../../render/hostile';
import { missingPeer } from '../../render/reports';
import { expectMessage, expectView, outline, requester, textObjects } from '../../render/slack/held';

const mute = {
  check: 'mesh-gateway-mode',
  subject: 'web',
  by: requester,
  reason: 'goes on Friday',
  createdMs: 0,
  untilMs: Date.UTC(2026, 10, 30, 9),
};

test('what people see', () => {
  const cluster = 'prod-east';
  const mutes = [
    { ...mute, cluster },
    { ...mute, cluster, check: 'peering-*', subject: null },
  ];
  const messages = [
    renderMuted({ cluster, mute, replaced: true, covered: 1 }),
    renderMuted({ cluster, mute: { ...mute, subject: null }, replaced: false, covered: undefined }),
    renderUnmuted(cluster, mute),
    renderNotMuted(cluster, mute, []),
    renderNotMuted(cluster, mute, mutes),
    renderMutes(mutes, undefined),
    renderMutes([], cluster),
    renderMutes(
      groupMutes(
        ['prod-east', 'prod-west', 'a', 'b', 'c', 'd'].map((name) => ({
          ...mute,
          cluster: name,
          pattern: 'label:team=payments',
        })),
      ),
      undefined,
    ),
  ];
  expect(messages.map(({ blocks }) => outline(blocks)).join('\n════\n')).toMatchSnapshot('messages');
  const view = renderMuteForm({ cluster, check: mute.check, subject: mute.subject }, 'C1');
  expectView(view);
  expect(outline(view.blocks as KnownBlock[])).toMatchSnapshot('the modal');
});

const hostileMute = fc.record({
  cluster: hostileText,
  check: hostileText,
  subject: fc.option(hostileText),
  by: hostileText,
  reason: hostileText,
  createdMs: fc.constant(0),
  untilMs: fc.constant(mute.untilMs),
});

test('whatever names are made of, messages and the modal are within the limits of Slack and hold no markup', () => {
  fc.assert(
    fc.property(fc.array(hostileMute, { minLength: 1, maxLength: 60 }), (mutes) => {
      const [first] = mutes as [(typeof mutes)[0]];
      const { cluster } = first;
      for (const message of [
        renderMutes(mutes, cluster),
        renderMutes(groupMutes(mutes.map((one) => ({ ...one, pattern: first.reason || 'all' }))), cluster),
        renderMuted({ cluster, mute: first, replaced: true, covered: 3 }),
        renderUnmuted(cluster, first),
        renderNotMuted(cluster, first, mutes),
      ])
        expectMessage(message, messageRoom);
      if (muteButtons.ask.encode(first) !== undefined) expectView(renderMuteForm(first, 'C0123456789'));
    }),
    { numRuns: 40 },
  );
});

test('a long list says how many are left out', () => {
  const mutes = Array.from({ length: 100 }, () => ({ ...mute, cluster: 'prod-east' }));
  const message = renderMutes(mutes, undefined);
  expect(textObjects(message.blocks).at(-1)?.text).toContain('60 more');
});

test('a button comes back as it was, or is not there', () => {
  fc.assert(
    fc.property(hostileText, (name) => {
      const finding: Finding = { ...missingPeer, subject: { kind: 'upstream', name } };
      const one = muteButton('prod-east', 'mesh-gateway-mode', finding);
      if (one === undefined) expect(JSON.stringify(name).length).toBeGreaterThan(300);
      else {
        expect(one.value?.length).toBeLessThanOrEqual(limits.buttonValue);
        expect(muteButtons.ask.decode(one.value)).toEqual({
          cluster: 'prod-east',
          check: 'mesh-gateway-mode',
          subject: name,
        });
        expect(renderMuteForm(muteButtons.ask.decode(one.value)!, 'C0123456789').private_metadata).not.toBe(
          '',
        );
      }
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void muteButtons.ask.decode(text)));
});

test('clusters whose names leave no room are counted only', () => {
  const message = renderMutes(
    groupMutes(
      [1, 2, 3, 4, 5].map((number) => ({
        ...mute,
        cluster: `${number}${'&'.repeat(63)}`,
        pattern: 'prod-*',
        reason: '&'.repeat(300),
      })),
    ),
    undefined,
  );
  expectMessage(message, messageRoom);
  expect(outline(message.blocks)).toContain('5 clusters');
});

test('the button of several clusters comes back as it was, or is not there', () => {
  const buttonOf = (pattern: string, subject: string | null) => {
    const [group] = groupMutes([
      { ...mute, cluster: 'prod-east', pattern, subject, createdMs: 1_796_029_200_123 },
    ]);
    const block = muteBlock(group!);
    return block.type === 'section' && block.accessory?.type === 'button' ? block.accessory : undefined;
  };
  const length = buttonOf('prod-*', '')?.value?.length ?? 0;
  const longest = 'x'.repeat(limits.buttonValue - length);
  expect(buttonOf('prod-*', longest)?.value).toHaveLength(limits.buttonValue);
  expect(buttonOf('prod-*', `${longest}x`)).toBeUndefined();
  fc.assert(
    fc.property(hostileText, fc.option(hostileText), (name, subject) => {
      const pattern = `owner:${name}`;
      const one = buttonOf(pattern, subject);
      if (one === undefined) expect(JSON.stringify([name, subject]).length).toBeGreaterThan(300);
      else
        expect([one.action_id, muteButtons.endGroup.decode(one.value)]).toEqual([
          muteButtons.endGroup.id,
          { pattern, check: mute.check, subject, createdMs: '1796029200123' },
        ]);
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void muteButtons.endGroup.decode(text)));
});

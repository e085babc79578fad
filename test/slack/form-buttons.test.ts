import type { ActionsBlock, ModalView } from '@slack/types';
import { actions, commands } from '../../src/app/listeners';
import type { AccessConfig } from '../../src/config/config';
import { renderFailure } from '../../src/render/slack/failure';
import { formButton } from '../../src/slack/form-buttons';
import { handleAction } from '../../src/slack/handle-action';
import { handleCommand } from '../../src/slack/handle-command';
import { actorOf, fakeTools, noLimit, requestBy, signer, withApprovals } from './support';

const member = requestBy(actorOf('UMEMBER'));
const mayAll: AccessConfig = { restrict: true, grants: [{ allow: ['*'], users: ['UMEMBER'] }] };
const toolsFor = (access: AccessConfig) => fakeTools({ config: withApprovals(access), signer }).tools;

/** The button in the answer to a command that came without a trigger for a modal, as a mention does. */
const offered = async (text: string, access = mayAll) => {
  const { reply } = await handleCommand(text, member, commands, toolsFor(access), noLimit);
  const blocks = reply?.blocks.filter((block): block is ActionsBlock => block.type === 'actions') ?? [];
  const [button] = blocks.flatMap(({ elements }) => elements);
  return button?.type === 'button' ? button : undefined;
};

/** The blocks of the modal after a click. */
const opened = async (id: string, value: string | undefined, access = mayAll) => {
  const shown: ModalView['blocks'][] = [];
  const modals = {
    open: async () => 'V1',
    fill: async (_: string, { blocks }: ModalView) => void shown.push(blocks),
  };
  const click = { actionId: id, value };
  const told = await handleAction(click, member, actions, toolsFor(access), modals, noLimit);
  return told?.blocks ?? shown[0] ?? [];
};

/** The length of a mute is chosen in each of its forms. */
const always = 'for';

/** The other choices that are made as the modal opens, by the ids of the inputs. */
const filledIn = (blocks: Awaited<ReturnType<typeof opened>>) =>
  Object.fromEntries(
    blocks.flatMap((block) => {
      if (!('element' in block) || block.block_id === always) return [];
      const { element } = block;
      return element.type === 'static_select' && element.initial_option
        ? [[block.block_id, element.initial_option.value]]
        : [];
    }),
  );

describe('the button that opens the form of a command', () => {
  it.each([
    ['mute prod-east', { cluster: 'prod-east' }],
    ['MUTE  "prod-east"', { cluster: 'prod-east' }],
    ['mute', {}],
    ['mute prod-*', {}],
    ['connect prod-west', { acceptor: 'prod-west' }],
    ['token staging', { acceptor: 'staging' }],
  ])('fills in what was typed: %s', async (text, expected) => {
    const button = await offered(text);
    expect(filledIn(await opened(button?.action_id ?? '', button?.value))).toEqual(expected);
  });

  it('opens an empty form from a message of an earlier version, and for a cluster that is gone', async () => {
    const { id, encode } = formButton('mute');
    for (const value of ['[1,"1.1"]', encode({ thread: null, text: 'mute prod-gone' })]) {
      const blocks = await opened(id, value);
      expect(blocks.map(({ type }) => type)).toContain('input');
      expect(filledIn(blocks)).toEqual({});
    }
  });

  it('opens an empty form where a button cannot hold what was typed', async () => {
    const button = await offered(`mute prod-east${' '.repeat(2000)}`);
    const blocks = await opened(button?.action_id ?? '', button?.value);
    expect(blocks.map(({ type }) => type)).toContain('input');
    expect(filledIn(blocks)).toEqual({});
  });

  it('is neither offered nor opens for a cluster of which the person has no right to the command', async () => {
    const other: AccessConfig = {
      restrict: true,
      grants: [{ allow: ['*'], users: ['UMEMBER'], clusters: ['staging'] }],
    };
    expect(await offered('connect prod-east', other)).toBeUndefined();
    const { id, encode } = formButton('connect');
    const value = encode({ thread: null, text: 'connect prod-east' });
    expect(await opened(id, value, other)).toEqual(
      renderFailure({ kind: 'not-allowed', command: 'connect', cluster: 'prod-east' }).blocks,
    );
  });

  it('chooses no cluster that the person may not see', async () => {
    const other: AccessConfig = {
      restrict: true,
      grants: [{ allow: ['mute'], users: ['UMEMBER'], clusters: ['staging'] }],
    };
    const { id, encode } = formButton('mute');
    const blocks = await opened(id, encode({ thread: null, text: 'mute prod-east' }), other);
    expect(filledIn(blocks)).toEqual({});
    expect(JSON.stringify(blocks)).not.toContain('option":"prod-east');
  });
});

import type { Button, HomeView, KnownBlock, ModalView } from '@slack/types';
import type { Message, Room } from '../../../src/render/slack/limits';
import { blockText, validateBlocks, validateView } from '../../../sandbox/workspace/blocks/validate';

/** Properties of everything that is sent to Slack. The rules of Block Kit are those of the local workspace. */

export const requester = 'U0REQUESTER';
export const approver = 'U0APPROVER';

/** The markup that the renderers write themselves; hostile reports hold none of it. */
const own = new RegExp(
  `\\n> |<@(?:${requester}|${approver}|U0FIRST)>|<!subteam\\^S0OWNER\\d>|<#C0PLATFORM>|<!date\\^\\d+\\^(?:(?:\\{date_short_pretty\\} )?\\{time(?:_secs)?\\}|\\{ago\\})\\|[0-9 :-]+UTC>|<https://(?:docs\\.example|developer\\.hashicorp\\.com)/[^<>|]*\\|[\\w ]+>`,
  'g',
);

interface Text {
  readonly type: 'mrkdwn' | 'plain_text';
  readonly text: string;
}

/** All text objects, wherever they are. */
export const textObjects = (node: unknown): readonly Text[] => {
  if (typeof node !== 'object' || node === null) return [];
  const { type, text } = node as Partial<Text>;
  if ((type === 'mrkdwn' || type === 'plain_text') && typeof text === 'string') return [{ type, text }];
  return Object.values(node).flatMap(textObjects);
};

const hasMarkup = ({ type, text }: Text): boolean => {
  const rest = type === 'mrkdwn' ? text.replace(own, '').replace(/&(?:amp|lt|gt);/g, '') : text;
  return /[<>&]/.test(rest);
};

const markup = (node: unknown): readonly Text[] => textObjects(node).filter(hasMarkup);

export const expectMessage = (message: Message, room: Room): void => {
  expect(validateBlocks('message', message.blocks)).toEqual([]);
  expect(message.blocks.length).toBeLessThanOrEqual(room.blocks);
  expect(blockText(message.blocks)).toBeLessThanOrEqual(room.text);
  expect(markup([...message.blocks, { type: 'mrkdwn', text: message.text }])).toEqual([]);
  expect(message.text.length).toBeGreaterThan(0);
  expect(message.text.length).toBeLessThanOrEqual(3_000);
};

export const expectView = (view: ModalView | HomeView): void => {
  expect(validateView(view)).toEqual([]);
  expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThanOrEqual(250_000);
  expect(blockText(view.blocks)).toBeLessThanOrEqual(60_000);
  expect(markup(view)).toEqual([]);
};

const element = (one: { readonly type: string }): string => {
  if (one.type !== 'button') return one.type;
  const { text, action_id, value } = one as Button;
  return `[${text.text}] ${action_id} ${value}`;
};

/** Text in fixed-width letters, as it stands there. */
const preformatted = (node: unknown): string => {
  if (typeof node !== 'object' || node === null) return '';
  const { type, text } = node as { readonly type?: string; readonly text?: string };
  return type === 'text' ? (text ?? '') : Object.values(node).map(preformatted).join('');
};

const shown = (block: KnownBlock): string => {
  if (block.type === 'container') {
    const state = block.default_collapsed ? 'collapsed' : 'open';
    return `▾ ${block.title?.text} (${state})\n${outline(block.child_blocks).replace(/^/gm, '  ')}`;
  }
  if (block.type === 'actions') {
    return block.elements.map(element).join('\n');
  }
  if (block.type === 'divider') return '────';
  if (block.type === 'rich_text') return preformatted(block);
  const label = { header: '# ', section: '', context: '· ' }[block.type as string] ?? `${block.type} `;
  const { accessory, ...bare } = { accessory: undefined, ...block };
  const texts = textObjects(bare).map(({ text }) => text);
  return `${label}${texts.join(' ')}${accessory === undefined ? '' : ` ${element(accessory)}`}`;
};

/** Renders blocks as text that a person can review in a golden file. */
export const outline = (blocks: readonly KnownBlock[]): string => blocks.map(shown).join('\n');

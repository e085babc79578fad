// One message, in a channel or a thread.

import { act } from './api.mjs';
import { blocks } from './blocks.mjs';
import { clock, moment } from './dates.mjs';
import { el, icon } from './dom.mjs';
import { mrkdwn } from './mrkdwn.mjs';
import { lookup, messageAt, person, replies, store, threadState } from './store.mjs';
import { toast } from './toast.mjs';

/** @import { Message, Anchor, Block, Lookup } from './types.d.mts' */

/** @param {string} id */
export const avatar = (id) => {
  const who = person(id);
  const initials = (who?.realName ?? '?')
    .split(' ')
    .map((word) => word[0] ?? '')
    .join('')
    .slice(0, 2);
  const hue = Array.from(id).reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6;
  return el(
    'span',
    { class: `avatar hue-${hue}${id === store.all.bot ? ' app' : ''}`, 'aria-hidden': 'true' },
    initials,
  );
};

/** Commands that the demo can run. */
const runnable = /^(?:consul config write|tee \S+ <<'\w+'\n[\s\S]*\nconsul services register) ?/;

/** Returns the index in a text of the whole name of a cluster, as `prod` is not in `prod-east`; -1 if it is absent. @param {string} said @param {string} name */
const indexOfName = (said, name) =>
  said.search(new RegExp(`(?<![\\w.-])${name.replaceAll('.', '\\.')}(?![\\w-]|\\.\\w)`));

/** Finds where a code block of a message can be run: on the cluster that its thread is about. @param {string} at @returns {Lookup['runs']} */
const runsAt = (at) => {
  const { runsOn } = store.all;
  if (runsOn.length === 0) return undefined;
  return (code, before) => {
    const message = messageAt(at);
    const root = message && messageAt(message.threadTs ?? message.ts);
    // Line breaks are escaped in JSON, and would look like the first letter of a name.
    const said = `${root?.text ?? ''} ${JSON.stringify(root?.blocks ?? []).replaceAll('\\n', ' ')}`;
    const named = /\bIn ([\w.-]+):/.exec(before)?.[1];
    const [cluster] = runsOn
      .filter((name) => indexOfName(said, name) >= 0 && (named === undefined || named === name))
      .sort((one, other) => indexOfName(said, one) - indexOfName(said, other));
    if (!runnable.test(code) || cluster === undefined) return undefined;
    return {
      cluster,
      run: async () => {
        const { error } = await act(store.all.me, { kind: 'run', anchor: at, cluster, text: code });
        if (error) toast(error);
      },
    };
  };
};

/** Returns the surface of a message's buttons. @param {string} at @returns {Anchor} */
export const anchorOf = (at, values = new Map()) => ({
  at,
  lookup: { ...lookup(), runs: runsAt(at) },
  open: store.open,
  values,
  act: async (blockId, element, selected) => {
    const { error } = await act(store.all.me, {
      kind: 'click',
      anchor: at,
      blockId,
      actionId: element['action_id'],
      ...(typeof element['value'] === 'string' ? { value: element['value'] } : {}),
      ...(selected !== undefined && selected !== null && { selected }),
      ...(at === 'modal' ? { values: Object.fromEntries(values) } : {}),
    });
    if (error) toast(error);
  },
});

/** @param {number} bytes */
const size = (bytes) =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 1024 * 1024
      ? `${Math.round(bytes / 1024)} KB`
      : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

/** @param {Message} message */
const files = (message) =>
  message.files.map((file) =>
    el(
      'a',
      {
        class: 'file',
        href: `/files/${file.id}?user=${encodeURIComponent(store.all.me)}`,
        download: file.name,
      },
      icon('file'),
      el('span', {}, el('strong', {}, file.title), el('small', {}, `${file.name} · ${size(file.length)}`)),
    ),
  );

/** @param {Message} message @param {(ts: string) => void} openThread */
const threadLink = (message, openThread) => {
  const count = replies(message.ts).length;
  if (count === 0) return null;
  return el(
    'button',
    { type: 'button', class: 'thread-link', onclick: () => openThread(message.ts) },
    `${count} ${count === 1 ? 'reply' : 'replies'}`,
  );
};

/** @param {Message} message @param {{ openThread?: (ts: string) => void }} [options] Without `openThread` it stands in a thread. */
export const messageNode = (message, { openThread } = {}) => {
  const who = person(message.user);
  const anchor = anchorOf(message.ts);
  const state = threadState(message.ts);
  const body = state?.isAssistant
    ? [el('div', { class: 'text muted' }, state.title || 'New thread')]
    : message.blocks.length > 0
      ? blocks(message.blocks, anchor)
      : [el('div', { class: 'text' }, mrkdwn(message.text, anchor.lookup))];
  const attached = message.attachments.map((attachment, index) =>
    el(
      'div',
      { class: 'attachment' },
      blocks(/** @type {Block[]} */ (attachment['blocks'] ?? []), anchor, `${message.ts}/a${index}`),
      attachment['text'] && el('div', { class: 'text' }, mrkdwn(attachment['text'], anchor.lookup)),
    ),
  );
  return el(
    'article',
    {
      class: `message${message.ephemeral ? ' ephemeral' : ''}`,
      'data-ts': message.ts,
      'aria-label': `${who?.realName ?? 'Someone'}, ${clock(message.ts, anchor.lookup.tz)}`,
    },
    avatar(message.user),
    el(
      'div',
      { class: 'grow' },
      message.ephemeral && el('div', { class: 'only-you' }, icon('eye'), 'Only visible to you'),
      message.broadcast &&
        openThread &&
        el('div', { class: 'only-you' }, icon('reply'), 'Replied in a thread'),
      el(
        'div',
        { class: 'byline' },
        el('strong', {}, who?.realName ?? message.user),
        who?.role === 'app' && el('span', { class: 'badge' }, 'APP'),
        el('time', { title: moment(message.ts, anchor.lookup.tz) }, clock(message.ts, anchor.lookup.tz)),
        message.edited && el('span', { class: 'muted' }, '(edited)'),
      ),
      el('div', { class: 'body' }, body, attached, files(message)),
      openThread && threadLink(message, openThread),
    ),
    openThread &&
      !message.ephemeral &&
      el(
        'button',
        {
          type: 'button',
          class: 'reply icon-button',
          title: 'Reply in thread',
          'aria-label': 'Reply in thread',
          onclick: () => openThread(message.threadTs ?? message.ts),
        },
        icon('chat'),
      ),
  );
};

// The channel, the Home tab and the thread beside them.

import { blocks } from './blocks.mjs';
import { composer } from './composer.mjs';
import { byId, el, fill, icon } from './dom.mjs';
import { messageNode, anchorOf } from './message.mjs';
import { channel, channelMessages, messageAt, person, replies, store } from './store.mjs';

const main = byId('main');
const aside = byId('thread');

const menuButton = () =>
  el(
    'button',
    {
      type: 'button',
      class: 'icon-button menu-button',
      'aria-label': 'Conversations',
      onclick: () => document.body.classList.toggle('nav'),
    },
    icon('menu'),
  );

/** @param {string} title @param {string} about @param {Node} [mark] */
const head = (title, about, mark) =>
  el(
    'header',
    { class: 'head' },
    menuButton(),
    mark,
    el('h1', {}, title),
    el('span', { class: 'muted about' }, about),
  );

const notice = () => store.all.notice && el('p', { class: 'notice', role: 'note' }, store.all.notice);

export const showChannel = () => {
  const room = channel(store.where);
  if (!room) return;
  const direct = room.kind === 'im';
  const name = direct ? (person(store.all.bot)?.realName ?? '') : room.name;
  const about = direct
    ? 'app'
    : `${room.members} members${room.shared ? ' · shared with another organisation' : ''}${room.archived ? ' · archived' : ''}`;
  const list = el('div', {
    class: 'messages',
    role: 'log',
    'aria-label': `Messages in ${name}`,
    tabindex: 0,
  });
  fill(
    main,
    head(name, about, direct ? icon('chat') : icon(room.kind === 'private' ? 'lock' : 'hash')),
    notice(),
    list,
    room.archived
      ? el('p', { class: 'closed' }, 'This channel is archived.')
      : composer({
          id: 'composer',
          label: direct ? `Message ${name}` : `Message #${name}, or type / for commands`,
          channel: room.id,
          threadTs: null,
        }),
  );
  const found = channelMessages(room.id);
  fill(
    list,
    found.length === 0 && welcome(name),
    found.map((message) => messageNode(message, { openThread })),
  );
  list.scrollTop = list.scrollHeight;
  document.getElementById('composer')?.focus();
};

/** @param {string} name */
const welcome = (name) =>
  el(
    'div',
    { class: 'welcome' },
    el('h2', {}, name),
    el('p', {}, 'There are no messages yet. Type ', el('kbd', {}, '/'), ' to see what the app can do.'),
  );

export const showHome = () => {
  const body = el('div', { class: 'messages home' });
  fill(main, head(person(store.all.bot)?.realName ?? 'App', 'Home', icon('home')), notice(), body);
  const { home } = store.all;
  fill(
    body,
    home
      ? el('div', { class: 'home-body body' }, blocks(home['blocks'], anchorOf('home')))
      : el(
          'div',
          { class: 'welcome' },
          el('h2', {}, 'Home'),
          el('p', {}, 'The app has not published this tab yet.'),
        ),
  );
};

/** Does something that changes the width of the channel, and keeps it at its end where it was there. @param {() => void} change */
const keepingChannelEnd = (change) => {
  const list = main.querySelector('.messages');
  const atEnd = list && list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  change();
  if (atEnd) list.scrollTop = list.scrollHeight;
};

export const showThread = () => {
  const root = store.thread === null ? undefined : messageAt(store.thread);
  keepingChannelEnd(() => {
    aside.hidden = !root;
    document.body.classList.toggle('threaded', Boolean(root));
  });
  if (!root) return;
  const list = el('div', { class: 'messages', role: 'log', 'aria-label': 'Replies', tabindex: 0 });
  const room = channel(root.channel);
  fill(
    aside,
    el(
      'header',
      { class: 'head' },
      el('h1', {}, 'Thread'),
      el('span', { class: 'muted about' }, room?.kind === 'im' ? '' : `#${room?.name ?? ''}`),
      el(
        'button',
        { type: 'button', class: 'icon-button', 'aria-label': 'Close thread', onclick: closeThread },
        icon('close'),
      ),
    ),
    list,
    composer({ id: 'thread-composer', label: 'Reply', channel: root.channel, threadTs: root.ts }),
  );
  fill(
    list,
    messageNode(root),
    el('hr'),
    replies(root.ts).map((message) => messageNode(message)),
  );
  list.scrollTop = list.scrollHeight;
};

/** @param {string} ts */
export const openThread = (ts) => {
  store.thread = ts;
  showThread();
  document.getElementById('thread-composer')?.focus();
};

export const closeThread = () => {
  store.thread = null;
  showThread();
  document.getElementById('composer')?.focus();
};

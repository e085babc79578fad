// The page: brings the parts together and keeps them as the workspace is.

import { act, follow } from './api.mjs';
import { blocks } from './blocks.mjs';
import { composer } from './composer.mjs';
import { byId, el, fill, icon } from './dom.mjs';
import { messageNode, placeOf } from './message.mjs';
import { showViews } from './modal.mjs';
import { showSidebar } from './sidebar.mjs';
import {
  channel,
  channelMessages,
  messageAt,
  person,
  putMessage,
  remember,
  remembered,
  replies,
  store,
} from './store.mjs';
import { startTheme } from './theme.mjs';
import { toast } from './toast.mjs';

/** @import { Change } from './api.mjs' */
/** @import { Message } from './types.d.mts' */

const personKey = 'workspace-person';
const firstPerson = 'U0REQUESTER';

const main = byId('main');
const aside = byId('thread');

/** Does something to a list and keeps it at its end where it was there. @param {HTMLElement} list @param {() => void} change */
const keepingEnd = (list, change) => {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  change();
  if (atEnd) list.scrollTop = list.scrollHeight;
};

/** @param {string} selector */
const find = (selector) => {
  const found = document.querySelector(selector);
  return found instanceof HTMLElement ? found : null;
};

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

const showChannel = () => {
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
    el('p', {}, 'Nothing was said here yet. Type ', el('kbd', {}, '/'), ' to see what the app can do.'),
  );

const showHome = () => {
  const body = el('div', { class: 'messages home' });
  fill(main, head(person(store.all.bot)?.realName ?? 'App', 'Home', icon('home')), body);
  const { home } = store.all;
  fill(
    body,
    home
      ? el('div', { class: 'home-body body' }, blocks(home['blocks'], placeOf('home')))
      : el(
          'div',
          { class: 'welcome' },
          el('h2', {}, 'Home'),
          el('p', {}, 'The app has not published this tab yet.'),
        ),
  );
};

const showThread = () => {
  const root = store.thread === null ? undefined : messageAt(store.thread);
  aside.hidden = !root;
  document.body.classList.toggle('threaded', Boolean(root));
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
const openThread = (ts) => {
  store.thread = ts;
  showThread();
  document.getElementById('thread-composer')?.focus();
};

const closeThread = () => {
  store.thread = null;
  showThread();
  document.getElementById('composer')?.focus();
};

const sidebar = () => showSidebar({ go, become });

/** @param {string} where */
const go = (where) => {
  store.where = where;
  store.unread.delete(where);
  document.body.classList.remove('nav');
  if (location.hash.slice(1).split('/')[0] !== where) history.replaceState(null, '', `#${where}`);
  if (store.thread !== null && messageAt(store.thread)?.channel !== where) {
    store.thread = null;
    showThread();
  }
  sidebar();
  if (where === 'home') {
    showHome();
    void act(store.all.me, { kind: 'home' }).then(({ error }) => error && toast(error));
  } else showChannel();
};

/** Opens what the address names: a conversation, and the thread of a message in it. */
const goToAddress = () => {
  const [where = '', link = ''] = location.hash.slice(1).split('/');
  const known = where === 'home' || channel(where);
  const first = store.all.channels.find((one) => one.kind !== 'im')?.id ?? store.all.direct;
  go(known ? where : first);
  const ts = link.replace(/^p(\d+)(\d{6})$/, '$1.$2');
  const message = ts && messageAt(ts);
  if (message) openThread(message.threadTs ?? message.ts);
};

/** Puts a message where it is shown, new or in place of what it was. @param {Message} message @param {boolean} fresh */
const place = (message, fresh) => {
  /** @param {HTMLElement | null} list @param {() => HTMLElement} make */
  const into = (list, make) => {
    if (!list) return;
    const known = list.querySelector(`[data-ts="${message.ts}"]`);
    keepingEnd(list, () => {
      list.querySelector('.welcome')?.remove();
      if (known) known.replaceWith(make());
      else if (fresh) list.append(make());
    });
  };
  const inChannel = message.threadTs === null || message.broadcast;
  if (store.where === message.channel && inChannel)
    into(find('#main .messages'), () => messageNode(message, { openThread }));
  if (store.thread !== null && (message.threadTs === store.thread || message.ts === store.thread))
    into(find('#thread .messages'), () => messageNode(message));
  // The first message of a thread counts its replies.
  const root = message.threadTs === null ? undefined : messageAt(message.threadTs);
  if (root && store.where === root.channel)
    find(`#main [data-ts="${root.ts}"]`)?.replaceWith(messageNode(root, { openThread }));
  if (fresh && store.where !== message.channel && message.user !== store.all.me) {
    store.unread.set(message.channel, (store.unread.get(message.channel) ?? 0) + 1);
    sidebar();
  }
};

/** @param {Change} change */
const changed = (change) => {
  switch (change.kind) {
    case 'everything':
      store.all = change.everything;
      goToAddress();
      showViews(store.all.views);
      break;
    case 'message':
      place(change.message, putMessage(change.message));
      break;
    case 'deleted':
      store.all.messages = store.all.messages.filter((one) => one.ts !== change.ts);
      for (const node of document.querySelectorAll(`[data-ts="${change.ts}"]`)) node.remove();
      break;
    case 'views':
      store.all.views = change.views;
      showViews(change.views);
      break;
    case 'home':
      store.all.home = change.home;
      if (store.where === 'home') showHome();
      break;
    case 'channels':
      store.all.channels = change.channels;
      sidebar();
      break;
    case 'status':
      store.online = change.online;
      sidebar();
      break;
  }
};

/** @type {{ close: () => void } | undefined} */
let following;

/** Looks at the workspace as someone. @param {string} user */
const become = (user) => {
  following?.close();
  remember(personKey, user);
  store.unread.clear();
  store.thread = null;
  showThread();
  showViews([]);
  following = follow(user, changed, (connected) => document.body.classList.toggle('offline', !connected));
};

/** @param {number} by */
const step = (by) => {
  const rows = [...document.querySelectorAll('#sidebar [data-where]')].map(
    (row) => row.getAttribute('data-where') ?? '',
  );
  go(rows[(rows.indexOf(store.where) + by + rows.length) % rows.length] ?? store.where);
};

document.addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
  if (event.altKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    event.preventDefault();
    step(event.key === 'ArrowDown' ? 1 : -1);
  } else if (event.key === 'Escape' && document.body.classList.contains('nav'))
    document.body.classList.remove('nav');
  else if (event.key === 'Escape' && store.thread !== null && !document.querySelector('dialog[open]'))
    closeThread();
  else if (event.key === '/' && !typing) document.getElementById('composer')?.focus();
});
window.addEventListener('hashchange', goToAddress);
// A menu closes where one clicks beside it.
document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details.overflow[open]'))
    if (event.target instanceof Node && !menu.contains(event.target)) menu.removeAttribute('open');
});

startTheme();
become(remembered(personKey) ?? firstPerson);

// The page: brings the parts together and keeps them as the workspace is.

import { act, follow } from './api.mjs';
import { messageNode } from './message.mjs';
import { showViews } from './modal.mjs';
import { closeThread, openThread, showChannel, showHome, showThread, showThreadState } from './panes.mjs';
import { showSidebar } from './sidebar.mjs';
import { channel, messageAt, putMessage, remember, remembered, store, threadState } from './store.mjs';
import { startTheme } from './theme.mjs';
import { toast } from './toast.mjs';

/** @import { Change } from './api.mjs' */
/** @import { Message } from './types.d.mts' */

const personKey = 'workspace-person';
const firstPerson = 'U0REQUESTER';

/** @param {string} selector */
const find = (selector) => {
  const found = document.querySelector(selector);
  return found instanceof HTMLElement ? found : null;
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

/** Puts a message where it is shown, new or instead of its earlier state. @param {Message} message @param {boolean} fresh */
const anchor = (message, fresh) => {
  /** @param {HTMLElement | null} list @param {() => HTMLElement} make */
  const into = (list, make) => {
    if (!list) return;
    const known = list.querySelector(`[data-ts="${message.ts}"]`);
    list.querySelector('.welcome')?.remove();
    if (known) known.replaceWith(make());
    else if (fresh) list.append(make());
  };
  const inChannel = message.threadTs === null || message.broadcast;
  if (store.where === message.channel && inChannel)
    into(find('#main .messages'), () => messageNode(message, { openThread }));
  const isOpen = store.thread !== null && (message.threadTs === store.thread || message.ts === store.thread);
  const isFirst = threadState(message.ts)?.isAssistant ?? false;
  // A thread that was just opened may be known before its first message.
  if (isOpen && find('#thread')?.hidden) showThread();
  else if (isOpen && !isFirst) into(find('#thread .messages'), () => messageNode(message));
  if (isOpen) showThreadState();
  // The first message of a thread counts its replies.
  const root = message.threadTs === null ? undefined : messageAt(message.threadTs);
  if (root && store.where === root.channel)
    find(`#main [data-ts="${root.ts}"]`)?.replaceWith(messageNode(root, { openThread }));
  if (fresh && store.where !== message.channel && message.user !== store.all.me && !isOpen && !isFirst) {
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
      anchor(change.message, putMessage(change.message));
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
    case 'threads':
      store.all.threads = change.threads;
      for (const { ts, isAssistant } of change.threads) {
        const message = isAssistant && messageAt(ts);
        if (message) find(`#main [data-ts="${ts}"]`)?.replaceWith(messageNode(message, { openThread }));
      }
      showThreadState();
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

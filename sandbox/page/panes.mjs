// The channel, the Home tab and the thread beside them.

import { act } from './api.mjs';
import { blocks } from './blocks.mjs';
import { composer } from './composer.mjs';
import { byId, el, fill, icon } from './dom.mjs';
import { followEnd } from './follow-end.mjs';
import { messageNode, anchorOf } from './message.mjs';
import { channel, channelMessages, messageAt, person, replies, store, threadState } from './store.mjs';
import { toast } from './toast.mjs';

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

const appName = () => person(store.all.bot)?.realName ?? 'App';

/** Opens a thread with the app beside the conversation, as Slack does from its top bar. */
const askApp = async () => {
  const viewed = channel(store.where)?.kind === 'im' ? null : store.where;
  const { error, thread } = await act(store.all.me, { kind: 'assistant', viewed });
  if (error) toast(error);
  if (thread) openThread(thread);
};

/** @param {string} title @param {string} about @param {Node} [mark] @param {Node | false} [button] */
const head = (title, about, mark, button) =>
  el(
    'header',
    { class: 'head' },
    menuButton(),
    mark,
    el('h1', {}, title),
    el('span', { class: 'muted about' }, about),
    button,
  );

const notice = () => store.all.notice && el('p', { class: 'notice', role: 'note' }, store.all.notice);

export const showChannel = () => {
  const room = channel(store.where);
  if (!room) return;
  const direct = room.kind === 'im';
  const name = direct ? appName() : room.name;
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
    head(
      name,
      about,
      direct ? icon('chat') : icon(room.kind === 'private' ? 'lock' : 'hash'),
      store.all.hasAssistant &&
        !room.archived &&
        el('button', { type: 'button', class: 'button small', onclick: askApp }, `Ask ${appName()}`),
    ),
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
  followEnd(list);
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
  fill(main, head(appName(), 'Home', icon('home')), notice(), body);
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

/** Shows what the app says about the open thread: its title, prompts to choose from, its status. */
export const showThreadState = () => {
  const state = threadState(store.thread);
  const root = store.thread === null ? undefined : messageAt(store.thread);
  const title = aside.querySelector('h1');
  const said = aside.querySelector('.app-state');
  if (!root || !title || !said) return;
  title.textContent = state?.isAssistant ? state.title || `Ask ${appName()}` : 'Thread';
  const isNew = replies(root.ts).length === 0;
  fill(
    said,
    isNew &&
      state?.prompts.map((prompt) =>
        el(
          'button',
          {
            type: 'button',
            class: 'button small',
            onclick: async () => {
              const sent = { kind: 'send', channel: root.channel, text: prompt.message, threadTs: root.ts };
              const { error } = await act(store.all.me, sent);
              if (error) toast(error);
            },
          },
          prompt.title,
        ),
      ),
    state?.status && el('p', { class: 'muted' }, `${appName()} ${state.status}`),
  );
};

export const showThread = () => {
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
    el('div', { class: 'app-state', role: 'status' }),
    composer({ id: 'thread-composer', label: 'Reply', channel: root.channel, threadTs: root.ts }),
  );
  fill(
    list,
    !threadState(root.ts)?.isAssistant && [messageNode(root), el('hr')],
    replies(root.ts).map((message) => messageNode(message)),
  );
  showThreadState();
  followEnd(list);
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

// The sidebar: conversations, the app, and who one is.

import { byId, el, fill, icon } from './dom.mjs';
import { avatar } from './message.mjs';
import { me, person, store } from './store.mjs';
import { nextTheme } from './theme.mjs';

/** @import { Channel } from './types.d.mts' */

/** @typedef {{ go: (where: string) => void, become: (user: string) => void }} SidebarActions */

/** @param {Channel} channel */
const sign = (channel) => icon(channel.kind === 'private' ? 'lock' : channel.shared ? 'people' : 'hash');

/** @param {string} where @param {Node} mark @param {string} name @param {SidebarActions} actions */
const row = (where, mark, name, actions) => {
  const unread = store.unread.get(where) ?? 0;
  return el(
    'li',
    {},
    el(
      'button',
      {
        type: 'button',
        class: unread > 0 ? 'unread' : '',
        'data-where': where,
        'aria-current': store.where === where ? 'page' : undefined,
        onclick: () => actions.go(where),
      },
      mark,
      el('span', { class: 'grow' }, name),
      unread > 0 && el('span', { class: 'count', 'aria-label': `${unread} new` }, String(unread)),
    ),
  );
};

/** @param {SidebarActions} actions */
const people = (actions) => {
  /** @type {HTMLSelectElement} */
  const choice = el('select', {
    id: 'person',
    'aria-label': 'Act as',
    onchange: () => actions.become(choice.value),
  });
  const others = store.all.people.filter((one) => one.role !== 'app');
  choice.append(
    ...others.map((one) => {
      const role = one.role === 'member' ? '' : ` · ${one.role}`;
      return el('option', { value: one.id, selected: one.id === store.all.me }, `${one.realName}${role}`);
    }),
  );
  return choice;
};

/** @param {SidebarActions} actions */
export const showSidebar = (actions) => {
  const rooms = store.all.channels.filter((one) => one.kind !== 'im');
  const app = person(store.all.bot);
  fill(
    byId('sidebar'),
    el(
      'div',
      { class: 'brand' },
      el('span', { class: 'logo', 'aria-hidden': 'true' }),
      el('div', {}, el('strong', {}, store.all.team), el('small', {}, 'local workspace')),
    ),
    el(
      'div',
      { class: 'scroll' },
      el('h2', {}, 'Channels'),
      el(
        'ul',
        {},
        rooms.map((channel) => row(channel.id, sign(channel), channel.name, actions)),
      ),
      el(
        'h2',
        {},
        'App',
        el('span', {
          class: `dot ${store.online ? 'online' : ''}`,
          title: store.online ? 'connected' : 'not connected',
          role: 'img',
          'aria-label': store.online ? 'connected' : 'not connected',
        }),
      ),
      el(
        'ul',
        {},
        row('home', icon('home'), 'Home', actions),
        row(store.all.direct, icon('chat'), app?.realName ?? 'App', actions),
      ),
    ),
    el(
      'div',
      { class: 'who' },
      avatar(store.all.me),
      el('label', { class: 'grow' }, el('small', {}, 'You act as'), people(actions)),
      el(
        'button',
        {
          type: 'button',
          class: 'icon-button',
          id: 'theme',
          title: 'Light or dark',
          'aria-label': 'Light or dark',
          onclick: nextTheme,
        },
        icon('theme'),
      ),
    ),
    el('p', { class: 'zone' }, me()?.tz ?? ''),
  );
};

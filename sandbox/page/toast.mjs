// A short message about an error, which screen readers read out too.

import { byId, el } from './dom.mjs';

const shownMs = 6000;

/** @param {string} text */
export const toast = (text) => {
  const node = el('div', { class: 'toast' }, text);
  byId('toasts').append(node);
  setTimeout(() => node.remove(), shownMs);
};

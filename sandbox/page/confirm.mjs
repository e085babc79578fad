// Confirmation dialogs.

import { el } from './dom.mjs';
import { textObject } from './mrkdwn.mjs';

/** @import { Block, Lookup } from './types.d.mts' */

/** Asks what the element's `confirm` says; true at once where it has none. @param {Block | undefined} confirm @param {Lookup} lookup @returns {Promise<boolean>} */
export const confirmed = (confirm, lookup) =>
  new Promise((resolve) => {
    if (!confirm) {
      resolve(true);
      return;
    }
    const answer = (/** @type {boolean} */ yes) => () => {
      dialog.close(yes ? 'yes' : 'no');
    };
    const dialog = el(
      'dialog',
      { class: 'confirm', 'aria-labelledby': 'confirm-title' },
      el('h2', { id: 'confirm-title' }, confirm['title']?.text ?? 'Are you sure?'),
      el('div', { class: 'text' }, textObject(confirm['text'], lookup)),
      el(
        'div',
        { class: 'dialog-buttons' },
        el(
          'button',
          { type: 'button', class: 'button', onclick: answer(false) },
          confirm['deny']?.text ?? 'Cancel',
        ),
        el(
          'button',
          {
            type: 'button',
            class: `button ${confirm['style'] === 'danger' ? 'danger' : 'primary'}`,
            onclick: answer(true),
          },
          confirm['confirm']?.text ?? 'Yes',
        ),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.appendChild(dialog);
    dialog.showModal();
  });

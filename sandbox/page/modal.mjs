// Modals: the topmost view of the person's stack, in the browser's own dialog.

import { act } from './api.mjs';
import { blocks } from './blocks.mjs';
import { el, fill, icon } from './dom.mjs';
import { anchorOf } from './message.mjs';
import { store } from './store.mjs';
import { toast } from './toast.mjs';

/** @import { View, Value } from './types.d.mts' */

/** @type {HTMLDialogElement | undefined} */
let dialog;
let shown = '';
/** Values of the inputs, kept if an update leaves an input's ids as they are. @type {Map<string, Value>} */
let values = new Map();
let viewId = '';

const close = async () => {
  const { error } = await act(store.all.me, { kind: 'close' });
  if (error) toast(error);
};

/** @param {HTMLElement} form @param {Record<string, string>} errors By block. */
const showErrors = (form, errors) => {
  for (const field of form.querySelectorAll('.input')) {
    const message = errors[field.getAttribute('data-block') ?? ''];
    const line = field.querySelector('.error');
    if (line) line.textContent = message ?? '';
  }
  form.querySelector('.input:has(.error:not(:empty)) .field')?.scrollIntoView({ block: 'center' });
};

/** @param {View} view */
const content = (view) => {
  const submit = el('button', { class: 'button primary' }, view['submit']?.text ?? '');
  const form = el(
    'form',
    {
      novalidate: true,
      onsubmit: async (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        submit.disabled = true;
        const { error, errors } = await act(store.all.me, {
          kind: 'submit',
          values: Object.fromEntries(values),
        });
        submit.disabled = false;
        showErrors(form, errors ?? {});
        if (error) toast(error);
      },
    },
    el(
      'header',
      {},
      el('h2', { id: 'modal-title' }, view['title'].text),
      el(
        'button',
        { type: 'button', class: 'icon-button', 'aria-label': 'Close', onclick: () => void close() },
        icon('close'),
      ),
    ),
    el('div', { class: 'modal-body' }, blocks(view.blocks, anchorOf('modal', values), view.id)),
    el(
      'footer',
      { class: 'dialog-buttons' },
      el(
        'button',
        { type: 'button', class: 'button', onclick: () => void close() },
        view['close']?.text ?? 'Close',
      ),
      view['submit'] && submit,
    ),
  );
  return form;
};

/** Shows the topmost view, or none. @param {View[]} views */
export const showViews = (views) => {
  const view = views.at(-1);
  if (!view) {
    dialog?.close();
    dialog?.remove();
    dialog = undefined;
    shown = '';
    return;
  }
  if (shown === `${view.id} ${view.hash}`) return;
  shown = `${view.id} ${view.hash}`;
  if (view.id !== viewId) values = new Map();
  viewId = view.id;
  if (!dialog) {
    dialog = el('dialog', { class: 'modal', 'aria-labelledby': 'modal-title' });
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      void close();
    });
    document.body.append(dialog);
  }
  fill(dialog, content(view));
  if (!dialog.open) dialog.showModal();
};

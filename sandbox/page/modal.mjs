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

/** @type {{ frame: string, blocks: { key: string, node: Element }[] }} */
let drawn = { frame: '', blocks: [] };

/** Puts the blocks of a view into the body. Those that did not change stay, with their focus, cursor and open menus. @param {View} view @param {Element} body */
const drawBlocks = (view, body) => {
  const before = new Map(drawn.blocks.map(({ key, node }) => [key, node]));
  const fresh = blocks(view.blocks, anchorOf('modal', values), view.id);
  const now = view.blocks.flatMap((block, index) => {
    const key = JSON.stringify(block);
    const node = before.get(key) ?? fresh[index];
    before.delete(key);
    return node instanceof Element ? [{ key, node }] : [];
  });
  for (const node of before.values()) node.remove();
  for (const [index, { node }] of now.entries())
    if (body.children[index] !== node) body.insertBefore(node, body.children[index] ?? null);
  drawn.blocks = now;
};

/** @param {View} view */
const content = (view) => {
  const body = el('div', { class: 'modal-body' });
  drawn.blocks = [];
  drawBlocks(view, body);
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
    body,
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
  const isUpdate = view.id === viewId;
  if (!isUpdate) values = new Map();
  viewId = view.id;
  const frame = JSON.stringify([view['title'], view['submit'], view['close']]);
  const body = dialog?.querySelector('.modal-body');
  if (body && isUpdate && frame === drawn.frame) {
    drawBlocks(view, body);
    return;
  }
  drawn.frame = frame;
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

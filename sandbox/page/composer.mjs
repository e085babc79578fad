// The composer: a field that grows, offers commands and recalls what was said.

import { act } from './api.mjs';
import { el, fill, icon } from './dom.mjs';
import { store } from './store.mjs';
import { toast } from './toast.mjs';

/** Commands that were sent from this page, the newest last. @type {string[]} */
const said = [];

/** @typedef {{ line: string, shown: string, hint: string }} Offer */

/** The usages that a command's hint names: `check CLUSTER [PEER] | clusters | help`. @param {string} hint */
const usages = (hint) =>
  hint
    .split(/\s*(?:\||·|,)\s*(?![^[]*\])/)
    .map((usage) => usage.trim())
    .filter(Boolean);

/** The words of a usage that are typed as they stand, before its first placeholder. @param {string} usage */
const fixedWords = (usage) => {
  const words = usage.split(/\s+/);
  const end = words.findIndex((word) => /[[\]<>…]/.test(word) || /^[A-Z]/.test(word));
  return end === -1 ? words.join(' ') : `${words.slice(0, end).join(' ')} `;
};

/** @returns {Offer[]} */
const everyOffer = () => [
  ...store.all.suggestions.map((line) => ({ line, shown: line, hint: 'try this' })),
  ...store.all.commands.flatMap(({ command, description, usageHint }) => [
    ...usages(usageHint).map((usage) => ({
      line: `${command} ${fixedWords(usage)}`,
      shown: `${command} ${usage}`,
      hint: '',
    })),
    ...(usageHint ? [] : [{ line: `${command} `, shown: command, hint: description }]),
  ]),
];

const maxOffers = 8;

/** @param {string} text @returns {Offer[]} */
const offersFor = (text) => {
  if (!text.startsWith('/') || text.includes('\n')) return [];
  const typed = text.toLowerCase();
  const found = everyOffer().filter(
    (offer) => offer.line.toLowerCase().startsWith(typed) && offer.line !== text,
  );
  return found.slice(0, maxOffers);
};

/** @param {{ id: string, label: string, channel: string, threadTs: string | null }} options */
export const composer = ({ id, label, channel, threadTs }) => {
  const listId = `${id}-offers`;
  const list = el('ul', {
    class: 'offers',
    id: listId,
    role: 'listbox',
    'aria-label': 'Commands',
    hidden: true,
  });
  /** @type {Offer[]} */
  let offers = [];
  let active = -1;
  let recalled = said.length;

  const field = el('textarea', {
    id,
    rows: 1,
    placeholder: label,
    'aria-label': label,
    role: 'combobox',
    'aria-autocomplete': 'list',
    'aria-controls': listId,
    'aria-expanded': 'false',
    autocomplete: 'off',
    spellcheck: 'false',
  });

  const grow = () => {
    field.style.height = 'auto';
    field.style.height = `${Math.min(field.scrollHeight, 220)}px`;
  };

  const showOffers = () => {
    list.hidden = offers.length === 0;
    field.setAttribute('aria-expanded', String(offers.length > 0));
    if (active >= 0) field.setAttribute('aria-activedescendant', `${listId}-${active}`);
    else field.removeAttribute('aria-activedescendant');
    fill(
      list,
      offers.map((offer, index) =>
        el(
          'li',
          {
            id: `${listId}-${index}`,
            role: 'option',
            'aria-selected': String(index === active),
            onmousedown: (/** @type {MouseEvent} */ event) => {
              event.preventDefault();
              take(offer);
            },
          },
          el('code', {}, offer.shown),
          offer.hint && el('small', {}, offer.hint),
        ),
      ),
    );
  };

  const refresh = () => {
    offers = offersFor(field.value);
    active = -1;
    showOffers();
    grow();
  };

  /** @param {string} text */
  const put = (text) => {
    field.value = text;
    field.setSelectionRange(text.length, text.length);
    refresh();
    field.focus();
  };

  /** @param {Offer} offer */
  const take = (offer) => put(offer.line);

  const send = async () => {
    const text = field.value.trim();
    if (!text) return;
    said.push(text);
    recalled = said.length;
    put('');
    const { error } = await act(store.all.me, { kind: 'send', channel, text, threadTs });
    if (error) toast(error);
  };

  /** Steps through what was said before. @param {number} by */
  const recall = (by) => {
    recalled = Math.max(0, Math.min(said.length, recalled + by));
    put(said[recalled] ?? '');
    offers = [];
    showOffers();
  };

  /** @param {KeyboardEvent} event */
  const key = (event) => {
    const listed = offers.length > 0;
    const offer = offers[Math.max(0, active)];
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (listed && active >= 0 && offer) take(offer);
      else void send();
    } else if (event.key === 'Tab' && listed && offer && !event.shiftKey) {
      event.preventDefault();
      take(offer);
    } else if (event.key === 'Escape' && listed) {
      event.stopPropagation();
      offers = [];
      showOffers();
    } else if (listed && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      const by = event.key === 'ArrowDown' ? 1 : -1;
      active = active < 0 && by < 0 ? offers.length - 1 : (active + by + offers.length) % offers.length;
      showOffers();
    } else if (event.key === 'ArrowUp' && field.value === '' && said.length > 0) {
      event.preventDefault();
      recall(-1);
    }
  };

  field.addEventListener('input', refresh);
  field.addEventListener('keydown', key);
  field.addEventListener('focus', refresh);
  field.addEventListener('blur', () => {
    offers = [];
    showOffers();
  });

  return el(
    'div',
    { class: 'composer' },
    list,
    el(
      'div',
      { class: 'composer-box' },
      field,
      el(
        'button',
        { type: 'button', class: 'send', 'aria-label': 'Send', title: 'Send', onclick: () => void send() },
        icon('send'),
      ),
    ),
  );
};

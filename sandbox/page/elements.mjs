// Block Kit's interactive elements, on the browser's own controls.

import { confirmed } from './confirm.mjs';
import { el, icon, safeLink } from './dom.mjs';
import { withEmoji } from './emoji.mjs';
import { textObject } from './mrkdwn.mjs';

/** @import { Block, Anchor, Value } from './types.d.mts' */

/** @param {string} blockId @param {Block} element */
const keyOf = (blockId, element) => `${blockId}/${element['action_id']}`;

/** Keeps what was entered and, where the app listens, tells it. @param {Anchor} anchor @param {string} blockId @param {Block} element @param {boolean} tells @param {Value} value */
const changed = async (anchor, blockId, element, tells, value) => {
  anchor.values.set(keyOf(blockId, element), value);
  if (tells && (await confirmed(element['confirm'], anchor.lookup)))
    await anchor.act(blockId, element, value ?? undefined);
};

/** The value before anything was entered here. @param {Anchor} anchor @param {string} blockId @param {Block} element @param {Value} initial @returns {Value} */
const held = (anchor, blockId, element, initial) => {
  const key = keyOf(blockId, element);
  const known = anchor.values.get(key);
  return known === undefined ? initial : known;
};

/** @param {Block} element @param {string} blockId @param {Anchor} anchor */
const button = (element, blockId, anchor) => {
  const node = el(
    'button',
    {
      type: 'button',
      class: `button ${element['style'] ?? ''}`,
      'data-action': element['action_id'],
      'aria-label': element['accessibility_label'],
      onclick: async () => {
        if (!(await confirmed(element['confirm'], anchor.lookup))) return;
        const address = safeLink(element['url']);
        if (address) window.open(address, '_blank', 'noreferrer');
        node.classList.add('busy');
        await anchor.act(blockId, element);
        node.classList.remove('busy');
      },
    },
    withEmoji(element['text'].text),
  );
  return node;
};

/** A small menu behind a button. @param {Block} element @param {string} blockId @param {Anchor} anchor */
const overflow = (element, blockId, anchor) => {
  const details = el('details', { class: 'overflow', 'data-action': element['action_id'] });
  const choose = async (/** @type {Block} */ option) => {
    details.open = false;
    if (!(await confirmed(element['confirm'], anchor.lookup))) return;
    const address = safeLink(option['url']);
    if (address) window.open(address, '_blank', 'noreferrer');
    await anchor.act(blockId, element, option['value']);
  };
  details.append(
    el('summary', { class: 'button', 'aria-label': 'More' }, icon('more')),
    el(
      'div',
      { class: 'menu', role: 'menu' },
      element['options'].map((/** @type {Block} */ option) =>
        el(
          'button',
          { type: 'button', role: 'menuitem', onclick: () => choose(option) },
          withEmoji(option['text'].text),
        ),
      ),
    ),
  );
  return details;
};

/** The options of a menu, whatever it is filled with. @param {Block} element @param {Anchor} anchor @returns {{ label: string, options: { value: string, text: string }[] }[]} */
const choices = (element, anchor) => {
  /** @param {Block[]} options */
  const plain = (options) =>
    options.map((option) => ({ value: option['value'], text: withEmoji(option['text'].text) }));
  const type = String(element['type']).replace('multi_', '');
  if (type === 'users_select')
    return [
      {
        label: '',
        options: anchor.lookup.people().map((person) => ({ value: person.id, text: person.realName })),
      },
    ];
  if (type === 'channels_select' || type === 'conversations_select')
    return [
      {
        label: '',
        options: anchor.lookup.channels().map((channel) => ({ value: channel.id, text: `#${channel.name}` })),
      },
    ];
  if (element['option_groups'])
    return element['option_groups'].map((/** @type {Block} */ group) => ({
      label: group['label'].text,
      options: plain(group['options']),
    }));
  return [{ label: '', options: plain(element['options'] ?? []) }];
};

/** @param {Block} element @returns {string[]} */
const initialChoice = (element) => {
  const one =
    element['initial_option']?.value ??
    element['initial_user'] ??
    element['initial_channel'] ??
    element['initial_conversation'];
  const many =
    element['initial_options']?.map((/** @type {Block} */ option) => option['value']) ??
    element['initial_users'] ??
    element['initial_channels'] ??
    element['initial_conversations'];
  return many ?? (one === undefined ? [] : [one]);
};

/** @param {Block} element @param {string} blockId @param {Anchor} anchor @param {boolean} tells */
const select = (element, blockId, anchor, tells) => {
  const multiple = String(element['type']).startsWith('multi_');
  const before = held(
    anchor,
    blockId,
    element,
    multiple ? initialChoice(element) : (initialChoice(element)[0] ?? null),
  );
  const chosen = Array.isArray(before) ? before : [before];
  const node = el('select', {
    class: 'field',
    multiple,
    'data-action': element['action_id'],
    'aria-label': element['placeholder']?.text ?? 'Choose',
    onchange: () => {
      const values = [...node.selectedOptions].map((option) => option.value).filter(Boolean);
      void changed(anchor, blockId, element, tells, multiple ? values : (values[0] ?? null));
    },
  });
  if (!multiple) node.append(el('option', { value: '' }, element['placeholder']?.text ?? 'Choose…'));
  for (const { label, options } of choices(element, anchor)) {
    const rows = options.map(({ value, text }) =>
      el('option', { value, selected: chosen.includes(value) }, text),
    );
    if (label) node.append(el('optgroup', { label }, rows));
    else node.append(...rows);
  }
  return node;
};

/** Checkboxes and radio buttons. @param {Block} element @param {string} blockId @param {Anchor} anchor @param {boolean} tells */
const group = (element, blockId, anchor, tells) => {
  const many = element['type'] === 'checkboxes';
  const before = held(
    anchor,
    blockId,
    element,
    many ? initialChoice(element) : (initialChoice(element)[0] ?? null),
  );
  const chosen = Array.isArray(before) ? before : [before];
  const name = `${anchor.at}-${keyOf(blockId, element)}`;
  const node = el(
    'div',
    {
      class: 'options',
      role: many ? 'group' : 'radiogroup',
      'data-action': element['action_id'],
      onchange: () => {
        const values = [...node.querySelectorAll('input')]
          .filter((input) => input.checked)
          .map((input) => input.value);
        void changed(anchor, blockId, element, tells, many ? values : (values[0] ?? null));
      },
    },
    element['options'].map((/** @type {Block} */ option) =>
      el(
        'label',
        {},
        el('input', {
          type: many ? 'checkbox' : 'radio',
          name,
          value: option['value'],
          checked: chosen.includes(option['value']),
        }),
        el(
          'span',
          {},
          textObject(option['text'], anchor.lookup),
          option['description'] && el('small', {}, textObject(option['description'], anchor.lookup)),
        ),
      ),
    ),
  );
  return node;
};

/** @type {Record<string, string>} */
const inputTypes = {
  datepicker: 'date',
  timepicker: 'time',
  datetimepicker: 'datetime-local',
  email_text_input: 'email',
  url_text_input: 'url',
  number_input: 'number',
  plain_text_input: 'text',
};

/** A line or a field of text, a date, a time, a number. @param {Block} element @param {string} blockId @param {Anchor} anchor @param {boolean} tells */
const input = (element, blockId, anchor, tells) => {
  const type = inputTypes[element['type']] ?? 'text';
  const initial = element['initial_value'] ?? element['initial_date'] ?? element['initial_time'] ?? null;
  const shared = {
    class: 'field',
    'data-action': element['action_id'],
    placeholder: element['placeholder']?.text,
    maxlength: element['max_length'],
    minlength: element['min_length'],
    autofocus: element['focus_on_load'] === true,
    'aria-label': element['placeholder']?.text,
  };
  const node = element['multiline']
    ? el('textarea', { ...shared, rows: 4 })
    : el('input', {
        ...shared,
        type,
        step: element['is_decimal_allowed'] ? 'any' : undefined,
        min: element['min_value'],
        max: element['max_value'],
      });
  node.value = String(held(anchor, blockId, element, initial) ?? '');
  const read = () => (type === 'datetime-local' ? Math.floor(Date.parse(node.value) / 1000) : node.value);
  const picks = String(element['type']).endsWith('picker');
  const requested = element['dispatch_action_config']?.trigger_actions_on ?? [];
  const tellsTyped = tells && requested.includes('on_character_entered');
  node.addEventListener('input', () => {
    if (!picks) void changed(anchor, blockId, element, tellsTyped, read());
  });
  node.addEventListener('change', () => void changed(anchor, blockId, element, tells && picks, read()));
  return node;
};

/** @param {Block} element @param {string} blockId @param {Anchor} anchor @param {boolean} tells True if each choice is sent to the app. @returns {HTMLElement} */
export const control = (element, blockId, anchor, tells) => {
  const type = String(element['type']);
  if (type === 'button' || type === 'icon_button' || type === 'workflow_button')
    return button(element, blockId, anchor);
  if (type === 'overflow') return overflow(element, blockId, anchor);
  if (type.endsWith('_select')) return select(element, blockId, anchor, tells);
  if (type === 'checkboxes' || type === 'radio_buttons') return group(element, blockId, anchor, tells);
  if (type === 'feedback_buttons')
    return el(
      'span',
      { class: 'row' },
      [element['positive_button'], element['negative_button']].map((one) =>
        button({ ...one, action_id: element['action_id'], type }, blockId, anchor),
      ),
    );
  return input(element, blockId, anchor, tells);
};

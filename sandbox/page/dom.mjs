// Building the page out of nodes. Text only ever becomes text nodes: there is no way from a string to markup here.

import { drawnText } from './emoji-picture.mjs';

/** @typedef {Node | string | null | undefined | false | readonly Child[]} Child */

/** @param {Node} parent @param {readonly Child[]} children */
const append = (parent, children) => {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (typeof child === 'string') {
      // Choices of a list show text alone.
      if (parent instanceof HTMLOptionElement) parent.appendChild(document.createTextNode(child));
      else parent.appendChild(drawnText(child));
    } else if (child instanceof Node) parent.appendChild(child);
    else append(parent, child);
  }
};

/**
 * An element with attributes (`true` sets an empty one, `false` and `undefined` none), listeners (`onclick`) and
 * children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | undefined | ((event: any) => unknown)>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export const el = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), (event) => void value(event));
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  append(element, children);
  return element;
};

/** @param {Element} parent @param {...Child} children */
export const fill = (parent, ...children) => {
  parent.replaceChildren();
  append(parent, children);
};

/** @param {string} id @returns {HTMLElement} */
export const byId = (id) => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
};

/** Only addresses that a person may safely follow. @param {unknown} address */
export const safeLink = (address) =>
  typeof address === 'string' && /^(https?:|mailto:)/i.test(address) ? address : undefined;

/** A link that opens apart from the page, or the bare text where the address is no safe one. @param {unknown} address @param {...Child} children */
export const link = (address, ...children) => {
  const href = safeLink(address);
  if (!href) return el('span', {}, ...children);
  const inside = href.startsWith(`${location.origin}/archives/`);
  return el('a', inside ? { href } : { href, target: '_blank', rel: 'noreferrer noopener' }, ...children);
};

const icons = {
  hash: 'M9 4 7 20M17 4l-2 16M4 9h16M4 15h16',
  lock: 'M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3',
  home: 'M4 11 12 4l8 7M6 10v10h12V10',
  chat: 'M5 5h14v10H10l-4 4v-4H5z',
  close: 'M6 6l12 12M18 6 6 18',
  menu: 'M4 7h16M4 12h16M4 17h16',
  theme: 'M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z',
  send: 'M4 12 20 4l-5 16-4-6z',
  reply: 'M10 8V4L3 11l7 7v-4c6 0 9 2 11 6 0-7-4-12-11-12z',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  eye: 'M2 12s4-6 10-6 10 6 10 6-4 6-10 6-10-6-10-6zM12 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
  file: 'M7 3h7l4 4v14H7zM14 3v4h4',
  people: 'M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 20c0-4 3-6 6-6s6 2 6 6M16 5a3 3 0 0 1 0 6M18 14c2 1 3 3 3 6',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
};

/** @param {keyof typeof icons} name */
export const icon = (name) => {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', icons[name]);
  svg.appendChild(path);
  return svg;
};

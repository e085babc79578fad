// Tables: plain ones, and data tables that sort and turn pages by themselves.

import { el, fill, icon } from './dom.mjs';
import { richText } from './rich-text.mjs';

/** @import { Block, Lookup } from './types.d.mts' */

/** @param {Block} cell @param {Lookup} lookup */
const cellContent = (cell, lookup) =>
  cell['type'] === 'rich_text' ? richText(cell, lookup) : String(cell['text'] ?? cell['value'] ?? '');

/** @param {Block} cell */
const sortKey = (cell) =>
  cell['type'] === 'raw_number' ? Number(cell['value']) : JSON.stringify(cell['text'] ?? cell['elements']);

/** @param {Block} block @param {Lookup} lookup */
export const table = (block, lookup) => {
  const [head = [], ...body] = /** @type {Block[][]} */ (block['rows']);
  const align = (/** @type {number} */ column) =>
    `align-${block['column_settings']?.[column]?.align ?? 'left'}`;
  return el(
    'div',
    { class: 'table' },
    el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          head.map((cell, column) =>
            el('th', { scope: 'col', class: align(column) }, cellContent(cell, lookup)),
          ),
        ),
      ),
      el(
        'tbody',
        {},
        body.map((row) =>
          el(
            'tr',
            {},
            row.map((cell, column) => el('td', { class: align(column) }, cellContent(cell, lookup))),
          ),
        ),
      ),
    ),
  );
};

/** @param {Block} block @param {Lookup} lookup */
export const dataTable = (block, lookup) => {
  const [head = [], ...body] = /** @type {Block[][]} */ (block['rows']);
  const size = Number(block['page_size'] ?? 5);
  const rowHeader = Number(block['row_header_column_index'] ?? 0);
  const pages = Math.ceil(body.length / size);
  const numeric = head.map((_, column) => body.every((row) => row[column]?.['type'] === 'raw_number'));
  let page = 0;
  /** @type {{ column: number, up: boolean } | undefined} */
  let order;

  const sorted = () => {
    if (!order) return body;
    const { column, up } = order;
    return body.toSorted((one, other) => {
      const [a, b] = [sortKey(one[column] ?? {}), sortKey(other[column] ?? {})];
      const way =
        typeof a === 'number' && typeof b === 'number'
          ? a - b
          : String(a).localeCompare(String(b), undefined, { numeric: true });
      return up ? way : -way;
    });
  };

  const header = el('tr');
  const rows = el('tbody');
  const pager = el('div', { class: 'pager' });

  const show = () => {
    fill(
      header,
      head.map((cell, column) => {
        const direction = order?.column === column ? (order.up ? 'ascending' : 'descending') : 'none';
        const sort = () => {
          order = { column, up: !(order?.column === column && order.up) };
          show();
        };
        const mark = direction === 'none' ? null : icon(direction === 'ascending' ? 'up' : 'down');
        return el(
          'th',
          { scope: 'col', 'aria-sort': direction, class: numeric[column] ? 'align-right' : '' },
          el('button', { type: 'button', onclick: sort }, cellContent(cell, lookup), mark),
        );
      }),
    );
    const shown = sorted().slice(page * size, (page + 1) * size);
    fill(
      rows,
      shown.map((row) =>
        el(
          'tr',
          {},
          row.map((cell, column) => {
            const attributes = { class: numeric[column] ? 'align-right' : '' };
            return column === rowHeader
              ? el('th', { ...attributes, scope: 'row' }, cellContent(cell, lookup))
              : el('td', attributes, cellContent(cell, lookup));
          }),
        ),
      ),
    );
    const changePage = (/** @type {number} */ by) => () => {
      page += by;
      show();
    };
    fill(
      pager,
      pages > 1 &&
        el(
          'button',
          { type: 'button', class: 'button small', disabled: page === 0, onclick: changePage(-1) },
          'Previous',
        ),
      pages > 1 && el('span', {}, `${page + 1} of ${pages}`),
      pages > 1 &&
        el(
          'button',
          { type: 'button', class: 'button small', disabled: page >= pages - 1, onclick: changePage(1) },
          'Next',
        ),
    );
  };

  show();
  return el(
    'div',
    { class: 'table data' },
    el('table', {}, el('caption', {}, block['caption']), el('thead', {}, header), rows),
    pager,
  );
};

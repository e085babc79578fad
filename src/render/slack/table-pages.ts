import type { DataTableBlock, KnownBlock } from '@slack/types';
import { section } from './blocks';
import { itemsThatFit, limits, packLines, textLength } from './limits';

/** From the richest to the style that every workspace accepts. */
export const tableStyles = [
  { blocks: 'rich', text: limits.messageText },
  { blocks: 'basic', text: limits.messageText },
  // Slack's limit on the text of one message is not documented: if it is lower than expected, split again.
  { blocks: 'basic', text: 3000 },
] as const;

export type TableStyle = (typeof tableStyles)[number];

/** A row as cells without markup, and as a line for workspaces that refuse tables. */
export interface TableRow {
  readonly cells: readonly string[];
  /** Slack's mrkdwn. */
  readonly line: string;
}

export interface TablePage {
  readonly blocks: readonly KnownBlock[];
  /** Number of rows. */
  readonly rows: number;
}

/** Rows of a table without its head. */
const maxRows = 100;
/** Characters kept free for text that only Slack counts. */
const spare = 300;

/**
 * Splits a table into pages of one message each.
 *
 * @param taken characters that other blocks take on the first page
 */
export const tablePages = (
  rows: readonly TableRow[],
  { caption, head }: { readonly caption: string; readonly head: readonly string[] },
  style: TableStyle,
  taken: number,
): readonly TablePage[] => {
  const length = ({ cells, line }: TableRow): number =>
    style.blocks === 'rich' ? textLength(cells) : line.length + 1;
  const pages: TablePage[] = [];
  let left = rows;
  while (left.length > 0) {
    const room = style.text - spare - textLength([caption, head]) - (pages.length === 0 ? taken : 0);
    const fitting = itemsThatFit(left, maxRows, room, length);
    // A page without rows would have no end; one row always fits by itself.
    const page = fitting.length === 0 ? left.slice(0, 1) : fitting;
    pages.push({ rows: page.length, blocks: blocksOf(page, { caption, head }, style) });
    left = left.slice(page.length);
  }
  return pages;
};

const blocksOf = (
  rows: readonly TableRow[],
  { caption, head }: { readonly caption: string; readonly head: readonly string[] },
  { blocks }: TableStyle,
): readonly KnownBlock[] => {
  if (blocks === 'basic') return packLines(rows.map(({ line }) => line)).map(section);
  const table: DataTableBlock = {
    type: 'data_table',
    caption,
    page_size: 25,
    rows: [head, ...rows.map(({ cells }) => cells)].map((row) =>
      row.map((text) => ({ type: 'raw_text' as const, text })),
    ),
  };
  return [table];
};

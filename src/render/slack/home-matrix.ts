import type { KnownBlock, RichTextBlock } from '@slack/types';
import { clip, visible } from '../escape';
import { displayWidth } from '../width';
import { context } from './blocks';
import type { HomeCluster } from './home';
import { prose } from '../escape';

/**
 * Who peers with whom, as a grid in fixed-width letters, since App Home takes no tables. A row is what its cluster
 * says of the clusters at the top, so both directions of a peering have a cell of their own.
 */

/** Columns that fit beside the names; what a row has beyond them is counted in its last column. */
const mostColumns = 14;
const nameWidth = 22;

const signs = {
  self: '·',
  active: '●',
  pending: '◌',
  broken: '✕',
  missing: '–',
  unknown: '?',
} as const;
export type PeerSign = keyof typeof signs;

const pending = new Set(['PENDING', 'ESTABLISHING']);

/** The sign for a peering's state; null where its cluster was never looked at. */
export const signOf = (state: string | null): PeerSign => {
  if (state === null) return 'unknown';
  if (state === 'ACTIVE') return 'active';
  if (state === '') return 'missing';
  return pending.has(state) ? 'pending' : 'broken';
};

const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - displayWidth(text)));

const numbered = (number: number): string => String(number).padStart(3);

const preformatted = (text: string): RichTextBlock => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
});

/** The clusters that the rows peer with, by their numbers: those with the most peerings where not all fit. */
const columnsOf = (rows: readonly HomeCluster[]): ReadonlyMap<number, string> => {
  const counts = new Map<number, { readonly name: string; count: number }>();
  for (const { cluster } of rows.flatMap(({ peers }) => peers)) {
    if (cluster === null) continue;
    const known = counts.get(cluster.number);
    if (known === undefined) counts.set(cluster.number, { name: cluster.name, count: 1 });
    else known.count += 1;
  }
  const kept = [...counts].sort(([, a], [, b]) => b.count - a.count).slice(0, mostColumns);
  return new Map(kept.sort(([a], [b]) => a - b).map(([number, { name }]) => [number, name]));
};

/** The matrix of some clusters with all that they peer with; nothing where none of them peers with a known one. */
export const renderMatrix = (rows: readonly HomeCluster[]): readonly KnownBlock[] => {
  const columns = columnsOf(rows);
  if (columns.size === 0) return [];
  const numbers = [...columns.keys()];
  const row = ({ number, name, peers }: HomeCluster): string => {
    const cells = numbers.map((column) => {
      if (column === number) return signs.self;
      const peer = peers.find(({ cluster }) => cluster?.number === column);
      return peer === undefined ? ' ' : signs[signOf(peer.state)];
    });
    const others = peers.filter(({ cluster }) => cluster === null || !columns.has(cluster.number)).length;
    const shown = cells.map((cell) => `   ${cell}`).join('');
    return `${numbered(number)} ${padded(clip(visible(name), nameWidth), nameWidth)}${shown}${others > 0 ? `  +${others}` : ''}`;
  };
  const head = `${' '.repeat(4 + nameWidth)}${numbers.map((number) => ` ${numbered(number)}`).join('')}`;
  const shown = new Set(rows.map(({ number }) => number));
  const elsewhere = [...columns].filter(([number]) => !shown.has(number));
  return [
    preformatted([head, ...rows.map(row)].map((line) => line.trimEnd()).join('\n')),
    context(
      [
        `${signs.active} active`,
        `${signs.pending} pending`,
        `${signs.broken} broken`,
        `${signs.missing} configured, but not there`,
        `${signs.unknown} not known`,
        ...(elsewhere.length > 0
          ? [`columns of other pages: ${elsewhere.map(([n, name]) => `${n} ${prose(name, 40)}`).join(', ')}`]
          : []),
        'a row is what its cluster sees',
      ].join(' · '),
    ),
  ];
};

import type { KnownBlock, RichTextBlock } from '@slack/types';
import { clip, prose, showInvisible } from '../../render/escape';
import { displayWidth } from '../../render/width';
import { context } from '../../render/slack/blocks';
import type { HomeCluster, HomePeer } from './home-content';
import { signOf, signs } from './peer-signs';

/**
 * The grid of clusters that peer with each other, in fixed-width letters, since App Home supports no tables. A row shows
 * what its cluster reports about the clusters at the top, so each direction of a peering has its own cell.
 */

/** Maximum width of the columns in characters. Peers beyond it are counted in the last column of a row. */
const columnsWidth = 64;
const maxName = 22;

const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - displayWidth(text)));

const preformatted = (text: string): RichTextBlock => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
});

/** Chooses the clusters that the rows peer with, by their numbers: those with the most peerings if not all fit. */
const columnsOf = (rows: readonly HomeCluster[], max: number): ReadonlyMap<number, string> => {
  const counts = new Map<number, { readonly name: string; count: number }>();
  for (const { cluster } of rows.flatMap(({ peers }) => peers)) {
    if (cluster === null) continue;
    const known = counts.get(cluster.number);
    if (known === undefined) counts.set(cluster.number, { name: cluster.name, count: 1 });
    else known.count += 1;
  }
  const kept = [...counts].sort(([, a], [, b]) => b.count - a.count).slice(0, max);
  return new Map(kept.sort(([a], [b]) => a - b).map(([number, { name }]) => [number, name]));
};

/** Returns the number of the cluster that a peer is; 0 if it is not shown. */
const numberOf = ({ cluster }: HomePeer): number => cluster?.number ?? 0;

/** Counts the peers without a column, and the broken ones among them. */
const othersOf = (peers: readonly HomePeer[]): string => {
  if (peers.length === 0) return '';
  const broken = peers.filter(({ state }) => signOf(state) === 'broken').length;
  return `  +${peers.length}${broken > 0 ? ` (${broken} ${signs.broken})` : ''}`;
};

/** Renders the matrix of some clusters and their peers; nothing if none of them peers with a known cluster. */
export const renderMatrix = (rows: readonly HomeCluster[]): readonly KnownBlock[] => {
  const highest = Math.max(...rows.flatMap(({ number, peers }) => [number, ...peers.map(numberOf)]), 0);
  const width = Math.max(3, String(highest).length + 1);
  const columns = columnsOf(rows, Math.floor(columnsWidth / width));
  if (columns.size === 0) return [];
  const numbers = [...columns.keys()];
  const names = rows.map(({ name }) => clip(showInvisible(name), maxName));
  const nameWidth = Math.max(...names.map(displayWidth));
  const cell = (text: string | number): string => String(text).padStart(width);
  const row = ({ number, peers }: HomeCluster, index: number): string => {
    const cells = numbers.map((column) => {
      if (column === number) return signs.self;
      const peer = peers.find((one) => numberOf(one) === column);
      return peer === undefined ? ' ' : signs[signOf(peer.state)];
    });
    const left = othersOf(peers.filter((one) => !columns.has(numberOf(one))));
    return `${cell(number)} ${padded(names[index] ?? '', nameWidth)} ${cells.map(cell).join('')}${left}`;
  };
  const head = `${' '.repeat(width + nameWidth + 2)}${numbers.map(cell).join('')}`;
  const shown = new Set(rows.map(({ number }) => number));
  const elsewhere = [...columns].filter(([number]) => !shown.has(number));
  return [
    preformatted([head, ...rows.map(row)].map((line) => line.trimEnd()).join('\n')),
    context(
      [
        `${signs.active} active`,
        `${signs.pending} pending`,
        `${signs.broken} broken`,
        `${signs.missing} configured, but does not exist`,
        `${signs.unknown} not known`,
        ...(elsewhere.length > 0
          ? [`columns of other pages: ${elsewhere.map(([n, name]) => `${n} ${prose(name, 40)}`).join(', ')}`]
          : []),
        ...(rows.some(({ peers }) => peers.some((one) => !columns.has(numberOf(one))))
          ? ['+ peers without a column']
          : []),
        'each row shows what its cluster reports',
      ].join(' · '),
    ),
  ];
};

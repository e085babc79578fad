import { createColors } from 'picocolors';
import type { PeeringList, PeeringPair, PeeringSide } from '../report/peerings';
import { clip, showInvisible } from './escape';
import { displayWidth } from './width';
import { count, grouped } from './words';

/** Words of a list of peerings that Slack and the terminal share. Names are not escaped. */

/** `ACTIVE`, or why there is no state. */
export const stateOfSide = ({ state }: PeeringSide): string =>
  state === null ? 'not known' : state === '' ? 'none' : state;

/** `prod-west/east`: a cluster and its peering; a question mark for what is not known. */
export const nameOfSide = ({ cluster, peer }: PeeringSide): string => `${cluster ?? '?'}/${peer ?? '?'}`;

/** Formats the age of the older of both last messages: `3 s`, `5 min`, `2 h`, `9 d`. */
export const heardWords = ({ here, there }: PeeringPair, readAt: string): string => {
  const times = [here, there].flatMap(({ lastHeardAt }) =>
    lastHeardAt === null ? [] : [Date.parse(lastHeardAt)],
  );
  if (times.length === 0) return '–';
  const seconds = Math.max(0, Math.round((Date.parse(readAt) - Math.min(...times)) / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${grouped(Math.floor(seconds / 86_400))} d`;
};

export const serviceWords = (services: number | null): string =>
  services === null ? '–' : grouped(services);

/** Tells whether a side is known not to be ACTIVE. */
export const isDown = ({ here, there }: PeeringPair): boolean =>
  [here, there].some(({ state }) => state !== null && state !== 'ACTIVE');

/** Renders the peerings as a table. Hidden characters of names are shown as symbols. */
export const renderPeeringsText = (
  { peerings, notRead, readAt }: PeeringList,
  { colour }: { readonly colour: boolean },
): string => {
  const c = createColors(colour);
  const show = (text: string): string => clip(showInvisible(text), 64);
  const rows = peerings.map((pair) => ({
    down: isDown(pair),
    cells: [
      show(nameOfSide(pair.here)),
      stateOfSide(pair.here),
      show(nameOfSide(pair.there)),
      stateOfSide(pair.there),
      serviceWords(pair.servicesOut),
      serviceWords(pair.servicesIn),
      heardWords(pair, readAt),
    ],
  }));
  const head = ['here', 'state', 'there', 'state', 'out', 'in', 'heard'];
  const widths = head.map((title, index) =>
    Math.max(displayWidth(title), ...rows.map(({ cells }) => displayWidth(cells[index] ?? ''))),
  );
  const lineOf = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => `${cell}${' '.repeat(Math.max(0, (widths[index] ?? 0) - displayWidth(cell)))}`)
      .join('  ')
      .trimEnd();
  return `${[
    ...(rows.length === 0 ? [] : [`  ${c.dim(lineOf(head))}`]),
    ...rows.map(({ cells, down }) => `${down ? c.red('✗') : c.green('✓')} ${lineOf(cells)}`),
    ...notRead.map(
      ({ cluster, problem }) =>
        `${c.magenta('?')} ${show(cluster)} could not be read: ${clip(showInvisible(problem), 200)}`,
    ),
    ...(rows.length + notRead.length > 0 ? [''] : []),
    `${count(peerings.length, 'peering')}, ${grouped(peerings.filter(isDown).length)} not ACTIVE on both sides`,
  ].join('\n')}\n`;
};

import type { KnownBlock } from '@slack/types';
import { omitUndefined } from '../../omit-undefined';
import { code, plain, prose, sentence } from '../../render/escape';
import { safeJson } from '../../render/json';
import { heardWords, isDown, nameOfSide, serviceWords, stateOfSide } from '../../render/peerings';
import { buttonRow, context, header, mention, section } from '../../render/slack/blocks';
import {
  linesThatFit,
  maxThreadMessages,
  type Message,
  packLines,
  textLength,
} from '../../render/slack/limits';
import { tablePages, type TableRow, type TableStyle, tableStyles } from '../../render/slack/table-pages';
import { count, few, grouped, statusIcon } from '../../render/words';
import type { PeeringList, PeeringPair } from '../../report/peerings';
import { peeringsButtons } from './peerings-buttons';

interface PeeringsFacts {
  /** As typed: names, globs, `all`. */
  readonly words: readonly string[];
  readonly requestedBy: string;
}

interface PeeringsRendering {
  readonly message: Message;
  readonly thread: readonly Message[];
  readonly file?: { readonly filename: string; readonly title: string; readonly content: string };
}

/** Maximum clusters that could not be read, and are named with their reasons. */
const maxNotRead = 20;
/** Characters of those lines. */
const notReadText = 2000;
/** Characters kept free for the last lines. */
const spare = 200;

const table = {
  caption: 'Who peers with whom',
  head: ['here', 'state', 'there', 'its state', 'services out', 'services in', 'last heard'],
};

const iconOf = (pair: PeeringPair): string => (isDown(pair) ? '🔴' : '🟢');

const rowOf = (pair: PeeringPair, readAt: string): TableRow => {
  const { here, there, servicesOut, servicesIn } = pair;
  const services = `${serviceWords(servicesOut)} out, ${serviceWords(servicesIn)} in`;
  return {
    cells: [
      plain(nameOfSide(here), 80),
      `${iconOf(pair)} ${plain(stateOfSide(here), 20)}`,
      plain(nameOfSide(there), 80),
      plain(stateOfSide(there), 20),
      serviceWords(servicesOut),
      serviceWords(servicesIn),
      heardWords(pair, readAt),
    ],
    line: `${iconOf(pair)} *${prose(nameOfSide(here), 80)}* ${prose(stateOfSide(here), 20)} ↔ *${prose(nameOfSide(there), 80)}* ${prose(stateOfSide(there), 20)} · ${services} · ${heardWords(pair, readAt)}`,
  };
};

/** Renders the list in each style, all within Slack's limits for any number of peerings. */
export const renderPeerings = (list: PeeringList, facts: PeeringsFacts): readonly PeeringsRendering[] =>
  tableStyles.map((style) => renderInStyle(list, facts, style));

const renderInStyle = (
  list: PeeringList,
  { words, requestedBy }: PeeringsFacts,
  style: TableStyle,
): PeeringsRendering => {
  const { peerings, notRead, readAt } = list;
  const down = peerings.filter(isDown).length;
  const title = `${count(peerings.length, 'peering')}${down === 0 ? '' : `, ${grouped(down)} not ACTIVE on both sides`}`;
  const unread = notRead.map(
    ({ cluster, problem }) =>
      `${statusIcon.unknown} *${prose(cluster, 64)}* could not be read: ${sentence(problem, 200)}`,
  );
  const named = linesThatFit(unread, maxNotRead, Math.min(notReadText, style.text / 3));
  const left = unread.length - named.length;
  const below: KnownBlock[] = [
    ...packLines([...named, ...(left > 0 ? [`… and ${count(left, 'more cluster')}`] : [])]).map(section),
    context(
      [
        `peerings of ${few(words, 5, (word) => code(word, 60))}`,
        mention(requestedBy) && `requested by ${mention(requestedBy)}`,
      ]
        .filter(Boolean)
        .join(' · '),
    ),
    ...buttonRow([peeringsButtons.runAgain.render('Run again', { words: words.join(' ') })]),
  ];
  const icon = peerings.length === 0 ? '⚪' : down > 0 ? '🔴' : '🟢';
  const above = header(`${icon} ${title}`);
  const rows = peerings.map((pair) => rowOf(pair, readAt));
  const [first, ...pages] = tablePages(rows, table, style, textLength([above, below]) + spare);
  const shown = pages.slice(0, maxThreadMessages);
  const whole = shown.length === pages.length && left === 0;
  return {
    message: {
      text: `${icon} ${title}`,
      blocks: [
        above,
        ...(first?.blocks ?? []),
        ...(pages.length > 0 ? [context('The table continues in the thread')] : []),
        ...below,
      ],
    },
    thread: shown.map(({ blocks }, index) => ({
      text: `Peerings, page ${index + 2} of ${pages.length + 1}`,
      blocks: [...blocks],
    })),
    ...omitUndefined({
      file: whole ? undefined : { filename: 'peerings.json', title: 'All peerings', content: safeJson(list) },
    }),
  };
};

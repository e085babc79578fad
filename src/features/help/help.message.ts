import type { Button, KnownBlock } from '@slack/types';
import type { Verdict } from '../../report/report';
import { code, prose } from '../../render/escape';
import { count, few, grouped, verdictIcon } from '../../render/words';
import { buttonRow, context, moment, section } from '../../render/slack/blocks';
import { limits, packLines, type Message } from '../../render/slack/limits';

export interface CommandHelp {
  /** As typed, without the slash command: `check CLUSTER [PEER]`. */
  readonly usage: string;
  /** Its effect, in one sentence. */
  readonly summary: string;
}

export interface ClusterLine {
  readonly name: string;
  readonly datacenter?: string | undefined;
  /** The cluster's peers that are configured here too. */
  readonly peers: readonly string[];
  /** The last stored run, if there is one; `unread` if Redis did not answer. */
  readonly last?: { readonly verdict: Verdict; readonly at: string } | 'unread' | undefined;
}

/** Joins the lines that fit into `room` characters into texts, and counts the others. */
const within = (lines: readonly string[], room: number): readonly string[] => {
  let left = room;
  const end = lines.findIndex((line) => {
    left -= line.length + 1;
    return left < 0;
  });
  if (end === -1) return packLines(lines);
  return packLines([...lines.slice(0, end), `… and ${grouped(lines.length - end)} more`]);
};

const message = (
  title: string,
  lines: readonly string[],
  foot: string,
  buttons: readonly (Button | undefined)[] = [],
): Message => {
  const blocks: KnownBlock[] = [
    section(title),
    ...within(lines, limits.messageText - 500).map(section),
    ...buttonRow(buttons),
    ...(foot === '' ? [] : [context(foot)]),
  ];
  return { text: title, blocks };
};

/** The commands that the reader may use, one line each, and buttons that open the forms of some. */
export const renderHelp = (
  commands: readonly CommandHelp[],
  forms: readonly (Button | undefined)[],
): Message =>
  message(
    '*peering-bot* checks whether Consul clusters are ready for peering, and shows problems and how to fix them',
    commands.map(({ usage, summary }) => `${code(`/peering ${usage}`, 200)}  ${prose(summary, 200)}`),
    'Replace the words in capitals; words in brackets are optional. A SELECTOR is owner:NAME or label:KEY=VALUE. Attach .hcl, .json or .yaml files to a mention with check and a cluster to see what they would fix and break.',
    forms,
  );

const checked = (last: ClusterLine['last']): string => {
  if (last === undefined) return 'not checked yet';
  return last === 'unread' ? 'its last check could not be read' : `checked ${moment(last.at)}`;
};

/** Renders the configured clusters, one line each, with the last verdict if there is one. */
export const renderClusters = (clusters: readonly ClusterLine[]): Message =>
  message(
    clusters.length === 0
      ? 'No cluster is configured: add one to clusters.yml'
      : `*${count(clusters.length, 'cluster')}*`,
    clusters.map(({ name, datacenter, peers, last }) =>
      [
        `${last === undefined || last === 'unread' ? '▫️' : verdictIcon[last.verdict]} *${prose(name, 64)}*`,
        datacenter === undefined ? '' : prose(datacenter, 40),
        peers.length === 0 ? '' : `peers: ${few(peers, 5, (peer) => prose(peer, 40))}`,
        checked(last),
      ]
        .filter((part) => part !== '')
        .join(' · '),
    ),
    clusters.length === 0 ? '' : 'Check one with `/peering check CLUSTER`',
  );

import type { Button, HomeView, KnownBlock } from '@slack/types';
import type { Verdict } from '../../report/report';
import { prose } from '../escape';
import { count, grouped, verdictIcon } from '../words';
import { actions, context, header, moment, section } from './blocks';
import { actionIds, button, encodeCheckAction } from './buttons';
import { historyButton, type RunLine, runWords } from './history';
import { historyActionIds } from './history-buttons';
import { encodePage, homeActionIds } from './home-buttons';
import { renderMatrix } from './home-matrix';
import type { Message } from './limits';

/** A peering of a cluster, and what the other side says of it. */
export interface HomePeer {
  readonly name: string;
  /** As the cluster sees it; empty where it is configured and not there, null where the cluster was never looked at. */
  readonly state: string | null;
  /** Which cluster it is, where that is configured and the reader may see it. */
  readonly cluster: { readonly name: string; readonly number: number } | null;
  /** As the other side sees it, in the same way. */
  readonly back: string | null;
}

export interface HomeCluster {
  /** Its place among all that the reader may see, from 1. */
  readonly number: number;
  readonly name: string;
  readonly last?: {
    readonly run: string;
    readonly verdict: Verdict;
    readonly at: string;
    readonly findings?: RunLine['findings'] | undefined;
  };
  readonly peers: readonly HomePeer[];
  /** The errors of its last runs as bars; empty where there are too few. */
  readonly trend: string;
}

export interface HomeData {
  /** From 0. */
  readonly page: number;
  readonly pages: number;
  /** How many clusters the reader may see, by verdict; `none` was never checked. */
  readonly verdicts: Readonly<Record<Verdict | 'none', number>>;
  /** Those of this page. */
  readonly clusters: readonly HomeCluster[];
  /** When it was read (ISO 8601). */
  readonly at: string;
  /** Whether the reader may ask for two clusters to be connected. */
  readonly mayConnect: boolean;
  /** What stands before and after the clusters: requests that wait, schedules, mutes. */
  readonly above: readonly KnownBlock[];
  readonly below: readonly KnownBlock[];
}

/** Clusters of one page: each takes two blocks, and a view holds 100. */
export const clustersPerPage = 20;

const mostPeers = 6;

const stateWords = (state: string | null): string => {
  if (state === null) return 'not known';
  return state === '' ? 'missing' : prose(state, 20);
};

/** One peering: what this side says of it, and what the other side says where that is known or should be. */
const peerWords = ({ name, state, cluster, back }: HomePeer): string => {
  const called = prose(name, 40);
  if (cluster === null) return `${called} ${stateWords(state)}`;
  const who = cluster.name === name ? called : `${called} (${prose(cluster.name, 40)})`;
  if (state !== back) return `${who} ${stateWords(state)}, there ${stateWords(back)}`;
  return `${who} ${stateWords(state)}${state === null ? '' : ' both ways'}`;
};

const peersWords = (peers: readonly HomePeer[]): string => {
  const left = peers.length - mostPeers;
  const words = peers.slice(0, mostPeers).map(peerWords);
  return ['peers', ...words, ...(left > 0 ? [`and ${grouped(left)} more`] : [])].join(' · ');
};

/** What the newest run found; older versions did not keep that beside the verdict. */
const foundIn = ({ verdict, findings }: NonNullable<HomeCluster['last']>): string =>
  findings === undefined ? '' : runWords({ verdict, findings });

const clusterSection = ({ number, name, last, peers, trend }: HomeCluster): KnownBlock => {
  const icon = last === undefined ? '▫️' : verdictIcon[last.verdict];
  const facts = [
    `${icon} *${number}  ${prose(name, 64)}*`,
    ...(last === undefined ? ['not checked yet'] : [foundIn(last), moment(last.at, '{ago}')]),
    trend,
  ];
  const peering = peers.length === 0 ? '' : `\n${peersWords(peers)}`;
  return section(`${facts.filter((part) => part !== '').join(' · ')}${peering}`);
};

const clusterButtons = ({ name, last }: HomeCluster): readonly Button[] => {
  const wanted = [
    { label: 'Check', id: actionIds.runAgain, run: null },
    ...(last === undefined ? [] : [{ label: 'Details', id: actionIds.details, run: last.run }]),
  ].flatMap(({ label, id, run }) => {
    const value = encodeCheckAction({ cluster: name, peer: null, run });
    return value === undefined ? [] : [button(label, id, value)];
  });
  return [...wanted, ...(last === undefined ? [] : historyButton('History', historyActionIds.runs, name))];
};

const clusterBlocks = (cluster: HomeCluster): readonly KnownBlock[] => {
  const buttons = clusterButtons(cluster);
  return [clusterSection(cluster), ...(buttons.length > 0 ? [actions(buttons)] : [])];
};

const overview = ({ verdicts, at }: HomeData): KnownBlock => {
  const order = ['not-ready', 'unknown', 'warnings', 'ready'] as const;
  const total = order.reduce((sum, verdict) => sum + verdicts[verdict], verdicts.none);
  const parts = order.flatMap((verdict) =>
    verdicts[verdict] > 0 ? [`${verdictIcon[verdict]} ${grouped(verdicts[verdict])}`] : [],
  );
  const never = verdicts.none > 0 ? [`▫️ ${grouped(verdicts.none)} not checked yet`] : [];
  return section([`*${count(total, 'cluster')}*`, ...parts, ...never, `as of ${moment(at)}`].join('  ·  '));
};

const pager = ({ page, pages }: HomeData): readonly KnownBlock[] =>
  pages <= 1
    ? []
    : [
        context(`Page ${grouped(page + 1)} of ${grouped(pages)}`),
        actions([
          ...(page > 0 ? [button('Previous', homeActionIds.previous, encodePage(page - 1))] : []),
          ...(page < pages - 1 ? [button('Next', homeActionIds.next, encodePage(page + 1))] : []),
        ]),
      ];

const view = (page: number, blocks: readonly KnownBlock[]): HomeView => ({
  type: 'home',
  private_metadata: encodePage(page),
  blocks: [...blocks],
});

/** App Home: the state at a glance, from what is stored. At most 100 blocks, whatever is stored. */
export const renderHome = (data: HomeData): HomeView => {
  const { page, clusters, mayConnect } = data;
  const matrix = renderMatrix(clusters);
  return view(page, [
    header('Cluster peering'),
    overview(data),
    actions([
      ...(mayConnect ? [button('Connect two clusters…', homeActionIds.connect, encodePage(page))] : []),
      button('Refresh', homeActionIds.refresh, encodePage(page)),
    ]),
    ...data.above,
    ...(matrix.length > 0 ? [header('Who peers with whom'), ...matrix] : []),
    header('Clusters'),
    ...(clusters.length === 0 ? [section('You may see no cluster here.')] : clusters.flatMap(clusterBlocks)),
    ...pager(data),
    ...data.below,
  ]);
};

/** App Home of somebody who may not see any of it, or where what is stored cannot be read. */
export const renderHomeNotice = ({ blocks }: Pick<Message, 'blocks'>): HomeView => view(0, blocks);

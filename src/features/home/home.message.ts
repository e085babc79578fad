import type { ActionsBlock, HomeView, KnownBlock } from '@slack/types';
import { prose } from '../../render/escape';
import { count, grouped, verdictIcon } from '../../render/words';
import { buttonRow, context, header, moment, section } from '../../render/slack/blocks';
import { detailsButton, historyButtons, runAgainButton, runWords } from '../history';
import { homeButtons, Page } from './home-buttons';
import type { HomeCluster, HomeData, HomePeer } from './home-content';
import { renderMatrix } from './matrix.message';
import type { Message } from '../../render/slack/limits';

/** Clusters of one page: each takes two blocks, and a view holds 100. */
export const clustersPerPage = 20;

const maxPeers = 6;

const stateWords = (state: string | null): string => {
  if (state === null) return 'not known';
  return state === '' ? 'missing' : prose(state, 20);
};

/** Renders one peering: its state on this side, and on the other side if that is or should be known. */
const peerWords = ({ name, state, cluster, back }: HomePeer): string => {
  const called = prose(name, 40);
  if (cluster === null) return `${called} ${stateWords(state)}`;
  const who = cluster.name === name ? called : `${called} (${prose(cluster.name, 40)})`;
  if (state !== back) return `${who} ${stateWords(state)} here, ${stateWords(back)} there`;
  return `${who} ${stateWords(state)}${state === null ? '' : ' both ways'}`;
};

const peersWords = (peers: readonly HomePeer[]): string => {
  const left = peers.length - maxPeers;
  const words = peers.slice(0, maxPeers).map(peerWords);
  return ['peers', ...words, ...(left > 0 ? [`and ${grouped(left)} more`] : [])].join(' · ');
};

/** Renders the findings of the newest run; older versions did not store them with the verdict. */
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

const clusterButtons = ({ name, last }: HomeCluster): readonly ActionsBlock[] => {
  const cluster = { cluster: name, peer: null };
  return buttonRow([
    runAgainButton(cluster, 'Check now'),
    detailsButton({ ...cluster, run: last?.run ?? null }),
    last && historyButtons.runs.render('Run history', { cluster: name, run: null, other: null }),
  ]);
};

const clusterBlocks = (cluster: HomeCluster): readonly KnownBlock[] => [
  clusterSection(cluster),
  ...clusterButtons(cluster),
];

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
        ...buttonRow([
          page > 0 ? homeButtons.previous.render('Previous', page - 1) : undefined,
          page < pages - 1 ? homeButtons.next.render('Next', page + 1) : undefined,
        ]),
      ];

const view = (page: number, blocks: readonly KnownBlock[]): HomeView => ({
  type: 'home',
  private_metadata: Page.encode(page),
  blocks: [...blocks],
});

/** Renders App Home from stored data. At most 100 blocks for any data. */
export const renderHome = (data: HomeData): HomeView => {
  const { page, clusters, mayConnect } = data;
  const matrix = renderMatrix(clusters);
  return view(page, [
    header('Cluster peering'),
    overview(data),
    ...buttonRow([
      mayConnect ? homeButtons.connect.render('Connect two clusters…', page) : undefined,
      homeButtons.refresh.render('Refresh', page),
    ]),
    ...data.above,
    ...(matrix.length > 0 ? [header('Who peers with whom'), ...matrix] : []),
    header('Clusters'),
    ...(clusters.length === 0
      ? [section('You do not have access to any cluster.')]
      : clusters.flatMap(clusterBlocks)),
    ...pager(data),
    ...data.below,
  ]);
};

/** Renders App Home for a person without access, or if the stored data cannot be read. */
export const renderHomeNotice = ({ blocks }: Pick<Message, 'blocks'>): HomeView => view(0, blocks);

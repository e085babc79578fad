import type { HomeView } from '@slack/types';
import type { ClusterConfig } from '../../config/config';
import type { AccessDecision } from '../../access/access';
import { describeFailure } from '../../slack/api/call';
import type { Permission } from '../../access/authorizer';
import { refusalWords } from '../../slack/refusal';
import { within } from '../../queue/within';
import type { Verdict } from '../../report/report';
import type { RequestFailure } from '../../render/failure';
import { renderFailure } from '../../render/slack/failure';
import { type Latest, type Reports, errorTrend } from '../history';
import { clustersPerPage, renderHome, renderHomeNotice } from './home.message';
import type { HomeData } from './home-content';
import { renderDigests, renderHomeMutes, renderHomeSubscriptions } from './lists.message';
import { renderRequests } from './requests.message';
import type { Definitions } from '../digests';
import { type Mutes, type ReadableMute, readableMutes } from '../mutes';
import type { Subscriptions } from '../subscriptions';
import type { SlackContext } from '../../slack/define';
import { unansweredBlocks } from '../../slack/api/outbox/unanswered.message';
import type { Unanswered } from '../../slack/api/outbox/unanswered.store';
import { visibleClusters, visibleOrNone } from '../../access/visible-clusters';
import { digestsFor } from './digests';
import { peersOf } from './peers';
import { type RequestServices, requestsFor } from './requests';
import { subscriptionsFor } from './subscriptions';

/** Loads App Home for one person from stored data; it asks no cluster. */

export interface HomeServices extends RequestServices {
  readonly reports: Reports;
  readonly digests: Pick<Definitions, 'all'>;
  readonly subscriptions: Pick<Subscriptions, 'all'>;
  readonly mutes: Pick<Mutes, 'list'>;
  readonly unanswered: Pick<Unanswered, 'list'>;
}

type Context = SlackContext<HomeServices>;

/** The least that a member may do. */
const basicPermission: Permission = { command: 'help', clusters: [] };

/** Redis answers in milliseconds, or it is away. */
const patienceMs = 3000;

/** Runs that are looked at for a trend: some of them may have been narrowed to one peer. */
const runsForTrend = 30;

const failed = (failure: RequestFailure): HomeView => renderHomeNotice(renderFailure(failure));

/** Decides for the person; undefined if Slack could not be asked who it is. */
const decide = async (
  permission: Permission,
  { actor, log, authorizer }: Context,
): Promise<AccessDecision | undefined> => {
  const answer = await authorizer.authorize(actor, permission);
  if (answer.ok) return answer.value;
  log.error({ reason: describeFailure(answer.error) }, 'could not ask Slack who the person is');
  return undefined;
};

/** Returns the clusters that the person may check, and so see on App Home; or why there are none. */
const readableClusters = async (context: Context): Promise<readonly ClusterConfig[] | RequestFailure> => {
  const unknown: RequestFailure = { kind: 'unexpected', requestId: context.id };
  const person = await decide(basicPermission, context);
  if (person === undefined) return unknown;
  // A person who may not run `help` may still have been granted a cluster.
  if (person.kind === 'denied' && person.because !== 'not-granted')
    return refusalWords(person, basicPermission);
  const visible = await visibleClusters(context.actor, 'check', context);
  return visible.ok ? visible.value.flatMap((name) => context.config.clusters.get(name) ?? []) : unknown;
};

const ranks: Readonly<Record<Verdict | 'none', number>> = {
  'not-ready': 0,
  unknown: 1,
  warnings: 2,
  none: 3,
  ready: 4,
};

/** Worst first, then by name. */
const ordered = (
  clusters: readonly ClusterConfig[],
  latest: ReadonlyMap<string, Latest>,
): readonly ClusterConfig[] => {
  const rank = ({ name }: ClusterConfig): number => ranks[latest.get(name)?.verdict ?? 'none'];
  return clusters.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
};

const countVerdicts = (
  clusters: readonly ClusterConfig[],
  latest: ReadonlyMap<string, Latest>,
): HomeData['verdicts'] => {
  const counts = { ready: 0, warnings: 0, 'not-ready': 0, unknown: 0, none: 0 };
  for (const { name } of clusters) counts[latest.get(name)?.verdict ?? 'none'] += 1;
  return counts;
};

const mutesFor = async (context: Context): Promise<readonly ReadableMute[]> => {
  const clusters = await visibleOrNone(context.actor, 'mutes', context);
  return readableMutes(await context.mutes.list(clusters, Date.now()), 'mutes', context);
};

const read = async (
  visible: readonly ClusterConfig[],
  requestedPage: number,
  context: Context,
): Promise<HomeView> => {
  const { reports, config } = context;
  const latest = await reports.latest(visible.map(({ name }) => name));
  const all = ordered(visible, latest);
  const numbers = new Map(all.map(({ name }, index) => [name, index + 1]));
  const pages = Math.max(1, Math.ceil(all.length / clustersPerPage));
  const page = Math.min(requestedPage, pages - 1);
  const shown = all.slice(page * clustersPerPage, (page + 1) * clustersPerPage);
  const [histories, connect, requests, digests, subscriptions, mutes, unanswered] = await Promise.all([
    reports.history(
      shown.map(({ name }) => name),
      runsForTrend,
    ),
    decide({ command: 'connect', clusters: [] }, context),
    requestsFor(context),
    digestsFor(context),
    subscriptionsFor(context),
    mutesFor(context),
    context.unanswered.list(context.actor.user),
  ]);
  return renderHome({
    page,
    pages,
    verdicts: countVerdicts(all, latest),
    clusters: shown.map((cluster) => {
      const last = latest.get(cluster.name);
      return {
        number: numbers.get(cluster.name) ?? 0,
        name: cluster.name,
        last,
        peers: peersOf(cluster, latest, numbers, config),
        trend: errorTrend(histories.get(cluster.name) ?? []),
      };
    }),
    at: new Date().toISOString(),
    mayConnect: connect?.kind === 'allowed',
    above: [...unansweredBlocks(unanswered), ...renderRequests(requests)],
    below: [...renderDigests(digests), ...renderHomeSubscriptions(subscriptions), ...renderHomeMutes(mutes)],
  });
};

/** Renders App Home for a person: the page with this number (from 0), or the last one before it. */
export const loadHome = async (page: number, context: Context): Promise<HomeView> => {
  const visible = await readableClusters(context);
  if ('kind' in visible) return failed(visible);
  try {
    return await within(patienceMs, read(visible, page, context));
  } catch (error) {
    context.log.error({ reason: String(error) }, 'what App Home shows could not be read');
    return failed({ kind: 'store-down', what: 'the state of the clusters' });
  }
};

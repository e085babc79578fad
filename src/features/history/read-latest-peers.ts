import { visibleOrNone } from '../../access/visible-clusters';
import type { CommandName } from '../../config/commands';
import { omitUndefined } from '../../omit-undefined';
import { within } from '../../queue/within';
import type { PeerSummary } from '../../report/peer-summary';
import type { SlackContext } from '../../slack/define';
import type { Reports } from './reports.store';

export interface LatestPeersServices {
  readonly reports: Pick<Reports, 'latest'>;
}

/** The peerings and mesh gateways of a cluster, as its newest whole check saw them. */
export interface LatestPeers {
  readonly cluster: string;
  readonly peers: readonly PeerSummary[];
  /** Names of its mesh gateways; absent if there are none. */
  readonly gateways?: readonly string[] | undefined;
}

/** Redis answers in milliseconds, or not at all. */
const budgetMs = 3000;

/**
 * Reads what people can ask about: of one cluster or of all, if the person may run the command there. Clusters that were
 * never checked are left out; nothing if the store does not answer.
 */
export const readLatestPeers = async (
  command: CommandName,
  cluster: string | undefined,
  { reports, log, ...context }: SlackContext<LatestPeersServices>,
): Promise<readonly LatestPeers[]> => {
  const among = cluster === undefined ? undefined : [cluster];
  const visible = await visibleOrNone(context.actor, command, context, among);
  try {
    const latest = await within(budgetMs, reports.latest(visible));
    return visible.flatMap((name) => {
      const { peers = [], gateways } = latest.get(name) ?? {};
      const isEmpty = peers.length === 0 && gateways === undefined;
      return isEmpty ? [] : [{ cluster: name, peers, ...omitUndefined({ gateways }) }];
    });
  } catch (error) {
    log.error({ reason: String(error) }, 'the newest runs could not be read');
    return [];
  }
};

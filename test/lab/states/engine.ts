import { applyOverlay, type OverlayChange, overlaySection } from '../../../src/checks/overlay';
import { runChecks } from '../../../src/checks/runner';
import { openSnapshot } from '../../../src/checks/view';
import { type ClusterPath, pathsView } from '../../../src/checks/views/paths';
import type { Report } from '../../../src/report/report';
import type { GatewayTokenRef } from '../../../src/config/config';
import { gatherWithOtherSides } from '../../../src/snapshot/gather-with-other-sides';
import { rowsOf } from '../../../src/snapshot/section';
import type { Snapshot } from '../../../src/snapshot/snapshot';
import { clientOf } from '../../snapshot/reading';
import type { ConsulAgent } from '../consul';

/** A cluster as clusters.yml would name it. */
export interface ConfiguredCluster {
  readonly agent: ConsulAgent;
  /** The bot's token. */
  readonly token: string;
  readonly gatewayTokens: readonly GatewayTokenRef[];
  /** The names of the peerings with the other cluster. */
  readonly peers: readonly string[];
}

/** The bot's answer about one cluster. */
export interface BotAnswer {
  readonly report: Report;
  readonly paths: readonly ClusterPath[];
}

const gather = async (
  own: ConfiguredCluster,
  other: ConfiguredCluster | undefined,
  changes: readonly OverlayChange[],
): Promise<Snapshot> => {
  const ownClient = clientOf(own.agent, own.token);
  const otherClient = other && clientOf(other.agent, other.token);
  const cluster = ({ agent, gatewayTokens }: ConfiguredCluster) => ({
    name: agent.datacenter,
    gatewayTokens,
  });
  try {
    return await gatherWithOtherSides({
      cluster: cluster(own),
      client: ownClient,
      otherSides:
        other && otherClient
          ? Object.fromEntries(own.peers.map((peer) => [peer, { ...cluster(other), client: otherClient }]))
          : {},
      overlay: (name, section, sections) => overlaySection(name, section, changes, sections),
    });
  } finally {
    ownClient.close();
    otherClient?.close();
  }
};

const answerOf = (snapshot: Snapshot): BotAnswer => {
  const report = runChecks(snapshot, {
    onBug: (id, error) => {
      throw new Error(`${id} threw`, { cause: error });
    },
  });
  return { report, paths: rowsOf(openSnapshot(snapshot).read(pathsView)) };
};

/** Checks one cluster as the bot does, with the other side where that is configured. */
export const checkCluster = async (own: ConfiguredCluster, other?: ConfiguredCluster): Promise<BotAnswer> =>
  answerOf(await gather(own, other, []));

/** Checks one cluster as it would be with the changes, as `check --with` does. */
export const checkClusterWith = async (
  changes: readonly OverlayChange[],
  own: ConfiguredCluster,
  other?: ConfiguredCluster,
): Promise<BotAnswer> => {
  const [before, basis] = await Promise.all([gather(own, other, []), gather(own, other, changes)]);
  return answerOf(applyOverlay(before, basis, changes));
};

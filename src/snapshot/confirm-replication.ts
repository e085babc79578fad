import { setTimeout as sleep } from 'node:timers/promises';
import { readPeerings } from './agent-and-servers';
import { readResolvedExports } from './config-entries';
import { createReads, type SnapshotClient } from './reads';
import { compareServices, declaredFor, isSame, streamedFrom, streamedTo } from './replication';
import type { OtherSide, Snapshot } from './snapshot';

/** Time (ms) in which a change of exports reaches the streams of both sides; it takes some milliseconds. */
const replicatedWithinMs = 1000;

/** The ACTIVE peerings of a snapshot, and what is declared for each where that is visible. */
const activeOf = ({ sections }: Snapshot) =>
  sections.peerings.visibility === 'hidden'
    ? []
    : sections.peerings.value.list.filter(({ State }) => State === 'ACTIVE');

/** True if streams do not carry the declared exports, or differ from those of the other side. */
const differs = (snapshot: Snapshot, sides: readonly OtherSide[]): boolean => {
  const { resolvedExports } = snapshot.sections;
  const active = activeOf(snapshot);
  const declaredDiffers =
    resolvedExports.visibility === 'visible' &&
    active.some(
      (peering) =>
        !isSame(compareServices(declaredFor(peering.Name, resolvedExports.value), streamedTo(peering))),
    );
  return (
    declaredDiffers ||
    sides.some(({ peer, snapshot: side }) => {
      const own = active.find(({ Name }) => Name === peer);
      const far =
        own && side.visibility !== 'hidden'
          ? activeOf(side.value).find(({ ID, PeerID }) =>
              own.PeerID ? ID === own.PeerID : PeerID === own.ID,
            )
          : undefined;
      return (
        own !== undefined &&
        far !== undefined &&
        !(
          isSame(compareServices(streamedTo(own), streamedFrom(far))) &&
          isSame(compareServices(streamedTo(far), streamedFrom(own)))
        )
      );
    })
  );
};

export interface ConfirmOptions {
  readonly client: SnapshotClient;
  /** By the peer's name. */
  readonly otherClients: ReadonlyMap<string, SnapshotClient>;
  readonly budgetMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const readAgain = async (
  snapshot: Snapshot,
  client: SnapshotClient,
  { budgetMs = 10_000, signal }: ConfirmOptions,
): Promise<Snapshot> => {
  const reads = createReads({ client, budgetMs, signal });
  const ownRights = () => Promise.resolve(snapshot.sections.ownRights);
  try {
    const [peerings, resolvedExports] = await Promise.all([
      readPeerings({ reads, sections: { ownRights } as Parameters<typeof readPeerings>[0]['sections'] }),
      readResolvedExports({ reads }),
    ]);
    const { section } = peerings;
    return section.visibility === 'hidden' || resolvedExports.visibility === 'hidden'
      ? snapshot
      : { ...snapshot, sections: { ...snapshot.sections, peerings: section, resolvedExports } };
  } finally {
    reads.end();
  }
};

/**
 * Reads the streams again if they do not match: the two ends of a change that was just made
 * are read a moment apart, and would look like a stream that hangs.
 */
export const confirmReplication = async (
  snapshot: Snapshot,
  sides: readonly OtherSide[],
  options: ConfirmOptions,
): Promise<{ readonly snapshot: Snapshot; readonly sides: readonly OtherSide[] }> => {
  if (options.signal?.aborted || !differs(snapshot, sides)) return { snapshot, sides };
  await sleep(replicatedWithinMs);
  const reread = async (side: OtherSide): Promise<OtherSide> => {
    const client = options.otherClients.get(side.peer);
    return client && side.snapshot.visibility === 'visible'
      ? {
          ...side,
          snapshot: { ...side.snapshot, value: await readAgain(side.snapshot.value, client, options) },
        }
      : side;
  };
  const [own, ...others] = await Promise.all([
    readAgain(snapshot, options.client, options),
    ...sides.map(reread),
  ]);
  return { snapshot: own, sides: others };
};
